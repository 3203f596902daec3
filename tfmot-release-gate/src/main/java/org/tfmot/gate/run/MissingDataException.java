package org.tfmot.gate.run;

import org.apiguardian.api.API;

/**
 * Thrown by a convergence test whose data are not there: the run says nothing about the claim and
 * is {@code VOID}. A command says the same by exit code {@value #EXIT_CODE}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class MissingDataException extends RuntimeException {

  /** The exit code of a command whose data are missing: EX_NOINPUT of sysexits.h. */
  public static final int EXIT_CODE = 66;

  private static final long serialVersionUID = 1;

  /**
   * @param message which data, where they were looked for, and how to get them
   */
  public MissingDataException(String message) {
    super(message);
  }

  /**
   * @param message which data, where they were looked for, and how to get them
   * @param cause why they could not be read
   */
  public MissingDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
