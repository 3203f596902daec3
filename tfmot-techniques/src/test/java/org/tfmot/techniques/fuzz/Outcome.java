package org.tfmot.techniques.fuzz;

/**
 * The outcome of a model in a mode.
 *
 * @param detail why it was refused, which warning names it, or which bound it is beyond
 */
record Outcome(Kind kind, String detail) {

  /** Kinds of outcomes. */
  enum Kind {
    /** Converted, within the bounds. */
    WORKED,
    /** Refused with a sentence. */
    REFUSED,
    /** Beyond the bound to float, which a warning of the report announces. */
    WARNED,
    /** Beyond a bound. */
    BEYOND,
    /** An exception that is no refusal. */
    FAILED,
    /** The model's values are none that a comparison could be about. */
    SKIPPED
  }
}
