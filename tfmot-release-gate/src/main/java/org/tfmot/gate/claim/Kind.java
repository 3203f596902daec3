package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/** How a claim is proven. */
@API(status = API.Status.EXPERIMENTAL)
public enum Kind {
  /** The metric does not depend on the seed: one run decides. A size, a number of zeros. */
  EXACT,
  /** The mean over seeds is better than the floor. */
  MEAN,
  /** The mean over seeds of technique minus base, trained with the same seed, is better. */
  PAIRED,
  /** A run reaches a target by a step, with more than some probability. */
  RELIABILITY,
  /** As {@link #RELIABILITY}, where the step is the benefit. */
  TIME_TO_TARGET;

  /** Whether the claim is about a mean, and so needs a calibration. */
  public boolean isMean() {
    return this == MEAN || this == PAIRED;
  }

  /** Whether the claim is about how many runs reach a target, and so needs one. */
  public boolean hasTarget() {
    return this == RELIABILITY || this == TIME_TO_TARGET;
  }
}
