package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/** Kind of proof of a claim. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum Kind {
  /** The metric does not depend on the seed: one run decides. A size, a number of zeros. */
  EXACT,
  /** The mean over seeds is better than the floor, if no seed collapses. */
  MEAN,
  /**
   * The mean over seeds is better than the floor, whatever share of them collapses: nothing is
   * assumed but a worst value. Takes more runs than {@link #MEAN}.
   */
  BOUNDED_MEAN,
  /** The mean over seeds of technique minus base, trained with the same seed, is better. */
  PAIRED,
  /** A run reaches a target by a step, with more than some probability. */
  RELIABILITY,
  /** As {@link #RELIABILITY}, where the step is the benefit. */
  TIME_TO_TARGET;

  /** Returns whether it is about a mean of roughly normal seeds, and so needs a calibration. */
  public boolean isMean() {
    return this == MEAN || this == PAIRED;
  }

  /** Returns whether it is about how many runs reach a target, and so needs one. */
  public boolean hasTarget() {
    return this == RELIABILITY || this == TIME_TO_TARGET;
  }
}
