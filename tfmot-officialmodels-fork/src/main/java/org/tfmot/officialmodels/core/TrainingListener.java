package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/** Is told how training goes, on the training thread. */
@API(status = API.Status.EXPERIMENTAL)
public interface TrainingListener {

  /** Training starts at {@code firstStep} (0 unless resumed) and ends before {@code endStep}. */
  default void started(long firstStep, long endStep) {}

  /** Step {@code step} was computed with this loss. */
  default void stepped(long step, float loss) {}

  /** The evaluation after {@code steps} steps has seen {@code done} of {@code total} examples. */
  default void evaluating(long steps, long done, long total) {}

  /** The held-out data were evaluated after {@code steps} steps. */
  default void evaluated(long steps, Metrics metrics) {}

  /** Training ended, normally or not. */
  default void finished() {}
}
