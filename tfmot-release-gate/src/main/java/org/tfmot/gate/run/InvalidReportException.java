package org.tfmot.gate.run;

/** A report that cannot be counted: the run is void, because its metrics cannot be trusted. */
final class InvalidReportException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  InvalidReportException(String message) {
    super(message);
  }
}
