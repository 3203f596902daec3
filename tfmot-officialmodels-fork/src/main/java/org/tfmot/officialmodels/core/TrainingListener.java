package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/** Is told how training goes. */
@API(status = API.Status.EXPERIMENTAL)
public interface TrainingListener {

  /** Training starts at {@code firstStep} (0 unless resumed) and ends before {@code endStep}. */
  default void started(long firstStep, long endStep) {}

  /** Step {@code step} was computed with this loss. */
  default void stepped(long step, float loss) {}

  /** The held-out data were evaluated after {@code steps} steps. */
  default void evaluated(long steps, Metrics metrics) {}

  /** Training ended. */
  default void finished() {}
}
