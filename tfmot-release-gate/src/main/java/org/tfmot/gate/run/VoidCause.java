package org.tfmot.gate.run;

import org.apiguardian.api.API;

/**
 * Why a run does not count. Each cause is read from something a machine wrote: an exit code, a
 * signal, a crash file, a marker. What has no such cause is the run's own failure and counts.
 */
@API(status = API.Status.EXPERIMENTAL)
public enum VoidCause {
  /** A crash file of the JVM, or the signals ILL, ABRT, BUS, FPE, SEGV, SYS. */
  NATIVE_CRASH,
  /**
   * {@link OutOfMemoryError}, a crash file of the JVM that says so, or a kill while the kernel's
   * count of out-of-memory kills went up.
   */
  OUT_OF_MEMORY,
  /** Still running at the time limit; the whole process tree was ended. */
  TIMEOUT,
  /**
   * {@link MissingDataException}, or a command's exit code {@value MissingDataException#EXIT_CODE}.
   */
  MISSING_DATA,
  /** Any other signal: KILL, TERM, INT, HUP, ... */
  KILLED,
  /** It came to its end without a value of a metric that was asked for. */
  NO_METRIC,
  /** A report that is no report: a value that is no number, a step that goes back. */
  INVALID_REPORT,
  /** The process did not start, or no test ran in it (not found, disabled, assumption not met). */
  START_FAILED
}
