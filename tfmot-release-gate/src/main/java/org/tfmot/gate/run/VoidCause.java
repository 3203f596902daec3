package org.tfmot.gate.run;

import org.apiguardian.api.API;

/**
 * Cause for which a run does not count and is repeated with its seed: something that the runner
 * itself saw from outside. What has no such cause is the run's own failure and counts.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum VoidCause {
  /** A kill while the kernel's count of out-of-memory kills went up. */
  OUT_OF_MEMORY,
  /**
   * {@link MissingDataException}, or a command's exit code {@value MissingDataException#EXIT_CODE},
   * before anything was reported.
   */
  MISSING_DATA,
  /** The process did not start, or no test ran in it (not found, disabled, assumption not met). */
  START_FAILED
}
