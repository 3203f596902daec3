package org.tfmot.gate.process;

import java.io.IOException;
import java.util.List;
import org.apiguardian.api.API;

/** Resolves a consumer with a version of a dependency, and runs its example on that. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface BumpTrial {

  /** Result of a trial. */
  enum Result {
    /** The version, or what it needs, cannot be had. */
    NOT_RESOLVED,
    /** It was resolved, and the example does not hold on it, or does not compile. */
    EXAMPLE_FAILED,
    /** The example holds on it. */
    EXAMPLE_PASSED
  }

  /**
   * A trial.
   *
   * @param result how it ended
   * @param detail why, in a few words
   */
  record Outcome(Result result, String detail) {}

  /**
   * The versions that the repositories offer, in any order; what is no release is left out by the
   * caller.
   *
   * @param coordinates {@code groupId:artifactId}
   * @throws IOException if the repositories cannot be asked: that is not the same as no version
   */
  List<String> available(String coordinates) throws IOException;

  /**
   * Runs the example on exactly this version.
   *
   * @throws IOException if it could not be tried, through no fault of the version
   */
  Outcome run(String coordinates, String version) throws IOException;
}
