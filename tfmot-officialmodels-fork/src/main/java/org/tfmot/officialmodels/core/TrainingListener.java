package org.tfmot.officialmodels.core;

import java.nio.file.Path;
import org.apiguardian.api.API;

/** Is told how training goes, on the training thread. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface TrainingListener {

  /** Training starts at {@code firstStep} (0 unless resumed) and ends before {@code endStep}. */
  default void started(long firstStep, long endStep) {}

  /** Step {@code step} was computed with this loss. */
  default void stepped(long step, float loss) {}

  /** The evaluation after {@code steps} steps has seen {@code done} of {@code total} examples. */
  default void evaluating(long steps, long done, long total) {}

  /** The held-out data were evaluated after {@code steps} steps. */
  default void evaluated(long steps, Metrics metrics) {}

  /**
   * Training was asked to stop and has saved what {@code steps} steps made, 0 for none; training in
   * the same folder goes on from there. The JVM may end soon after this.
   */
  default void stopped(long steps, Path folder) {}

  /** Training ended, normally or not. */
  default void finished() {}
}
