package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.ledger.RunStatus;

/** Exit codes, markers and files, without the processes. */
class EndingTest {

  @TempDir Path parent;

  private RunFolder folder;
  private RunRequest request;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new RunFolder(parent.resolve("run"));
    request =
        new RunRequest(
            "test",
            1,
            folder.path(),
            new TreeSet<>(List.of("accuracy", "loss")),
            Duration.ofSeconds(90));
    folder.prepare(request);
    report("accuracy", "0.5");
    report("loss", "0.5");
  }

  @ParameterizedTest
  @CsvSource({
    "0, OK",
    "1, DIVERGED",
    "66, MISSING_DATA",
    "74, DIVERGED",
    "127, DIVERGED",
    "129, KILLED",
    "130, KILLED",
    "131, KILLED",
    "132, NATIVE_CRASH",
    "133, NATIVE_CRASH",
    "134, NATIVE_CRASH",
    "135, NATIVE_CRASH",
    "136, NATIVE_CRASH",
    "137, KILLED",
    "139, NATIVE_CRASH",
    "143, KILLED",
    "159, NATIVE_CRASH",
    "192, KILLED",
    "193, DIVERGED",
    "255, DIVERGED"
  })
  void codeOfACommand_says(int code, String expected) throws IOException {
    assertEquals(expected, text(Ending.of(exit(code), folder, request, null, null, false)));
  }

  @ParameterizedTest
  @CsvSource({
    "FINISHED, 0, OK",
    "FINISHED, 1, OK",
    "FAILED, 0, DIVERGED",
    "FAILED, 143, KILLED",
    "MISSING_DATA, 0, MISSING_DATA",
    "OUT_OF_MEMORY, 0, OUT_OF_MEMORY",
    "INVALID_REPORT, 0, INVALID_REPORT",
    "NOT_RUN, 0, START_FAILED",
    "STARTED, 0, DIVERGED",
    "STARTED, 1, DIVERGED",
    "STARTED, 3, OUT_OF_MEMORY",
    "STARTED, 137, KILLED",
    "STARTED, 143, KILLED",
    "EXITED, 3, DIVERGED",
    "EXITED, 74, DIVERGED",
    "EXITED, 137, DIVERGED",
    "EXITED, 139, DIVERGED",
    "EXITED, 129, KILLED",
    "EXITED, 130, KILLED",
    "EXITED, 143, KILLED"
  })
  void markerAndCodeOfATest_say(Outcome.State state, int code, String expected) throws IOException {
    assertEquals(expected, text(ofTest(exit(code), new Outcome(state, "why", 1))));
  }

  @Test
  void jvmWithoutAMarker_didNotStart() throws IOException {
    assertEquals("START_FAILED", text(ofTest(exit(1), null)));
  }

  @Test
  void processThatDidNotStart_saysWhy() throws IOException {
    Ending ending =
        ofTest(new ChildProcess.Exit("no java", 0, false, 0, 0, OptionalLong.empty()), null);
    assertEquals(VoidCause.START_FAILED, ending.voidCause());
    assertEquals("no java", ending.detail());
  }

  @Test
  void timeLimit_goesBeforeTheSignalThatKeptIt() throws IOException {
    Ending ending =
        ofTest(
            new ChildProcess.Exit(null, 137, true, 0, 90, OptionalLong.empty()),
            new Outcome(Outcome.State.STARTED, null, 0));
    assertEquals(VoidCause.TIMEOUT, ending.voidCause());
    assertEquals("still running after 90 s", ending.detail());
  }

  @Test
  void killWhileTheKernelKilledForMemory_isOutOfMemory() throws IOException {
    ChildProcess.Exit exit = new ChildProcess.Exit(null, 137, false, 1, 9, OptionalLong.empty());
    assertEquals("OUT_OF_MEMORY", text(Ending.of(exit, folder, request, null, null, false)));
  }

  /** The heads of such files, as HotSpot's vmError.cpp prints them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=2|NATIVE_CRASH",
        "#  Internal Error (safepoint.cpp:1), pid=1|NATIVE_CRASH",
        "# There is insufficient memory for the Java Runtime Environment to"
            + " continue.|OUT_OF_MEMORY",
        "#  Out of Memory Error (os_linux.cpp:2795), pid=1, tid=2|OUT_OF_MEMORY",
        "#  fatal error: OutOfMemory encountered: Java heap space|OUT_OF_MEMORY"
      })
  void crashFile_goesBeforeCodeAndMarker(String line, VoidCause cause) throws IOException {
    Files.writeString(folder.crash(), "#\n" + line + "\n#\n");
    for (Outcome.State state : List.of(Outcome.State.STARTED, Outcome.State.FINISHED)) {
      assertEquals(cause, ofTest(exit(134), new Outcome(state, null, 0)).voidCause());
    }
  }

  /** Else a run could get out of counting by not coming to its other metrics. */
  @ParameterizedTest
  @CsvSource({"accuracy, loss", "loss, accuracy"})
  void valueThatIsNotFinite_goesBeforeAMissingOne(String diverged, String missing)
      throws IOException {
    Files.delete(folder.curves());
    report(diverged, "\"-Infinity\"");
    Ending ending = ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1));
    assertEquals(RunStatus.DIVERGED, ending.status());
    assertEquals(diverged + " is -Infinity at step 1", ending.detail());
  }

  @Test
  void metricOfNoClaim_mayBeNaN() throws IOException {
    report("gradient norm", "\"NaN\"");
    assertEquals("OK", text(ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1))));
  }

  @Test
  void earlierValue_mayBeNaN_ifTheLastIsNot() throws IOException {
    Files.delete(folder.curves());
    report("accuracy", "\"NaN\"");
    report("accuracy", "0.5");
    report("loss", "1");
    assertEquals("OK", text(ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1))));
  }

  @Test
  void missingMetric_isNamed_withThoseThatAreThere() throws IOException {
    Files.delete(folder.curves());
    report("accuracy", "0.5");
    Ending ending = ofTest(exit(0), new Outcome(Outcome.State.FINISHED, null, 1));
    assertEquals(VoidCause.NO_METRIC, ending.voidCause());
    assertEquals("it did not report loss, only [accuracy]", ending.detail());
  }

  @Test
  void detail_isOneShortLine() throws IOException {
    Ending ending =
        ofTest(exit(0), new Outcome(Outcome.State.MISSING_DATA, "a\nb\tc " + "x".repeat(999), 1));
    assertTrue(String.valueOf(ending.detail()).startsWith("a b c xxx"));
    assertTrue(String.valueOf(ending.detail()).length() <= 303);
  }

  private Ending ofTest(ChildProcess.Exit exit, @Nullable Outcome outcome) throws IOException {
    return Ending.of(exit, folder, request, outcome, null, true);
  }

  private void report(String metric, String value) throws IOException {
    String line = "{\"metric\":\"%s\",\"step\":1,\"value\":%s}\n".formatted(metric, value);
    String before = Files.exists(folder.curves()) ? Files.readString(folder.curves()) : "";
    Files.writeString(folder.curves(), before + line);
  }

  private static ChildProcess.Exit exit(int code) {
    return new ChildProcess.Exit(null, code, false, 0, 9, OptionalLong.empty());
  }

  private static String text(Ending ending) {
    return ending.voidCause() == null ? ending.status().name() : ending.voidCause().name();
  }
}
