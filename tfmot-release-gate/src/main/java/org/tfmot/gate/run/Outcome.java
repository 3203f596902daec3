package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;

/**
 * The marker by which the process of a test says how far it came.
 *
 * @param detail what happened; null if nothing did
 * @param seconds that the test took, 0 before it has ended
 */
record Outcome(State state, @Nullable String detail, double seconds) {

  enum State {
    /** The JVM is up; the test has not ended. */
    STARTED,
    /** The JVM was ended in the middle of the test, by System.exit or a request to end. */
    EXITED,
    /** The test came to its end. */
    FINISHED,
    /** The test threw. */
    FAILED,
    /** It threw MissingDataException. */
    MISSING_DATA,
    /** It threw OutOfMemoryError. */
    OUT_OF_MEMORY,
    /** It reported something that cannot be counted. */
    INVALID_REPORT,
    /** There was no test, or it was skipped. */
    NOT_RUN
  }

  void write(Path file) throws IOException {
    Json.write(file, this);
  }

  static @Nullable Outcome read(Path file) throws IOException {
    return Files.exists(file) ? Json.read(file, Outcome.class) : null;
  }
}
