package org.tfmot.gate.run;

import java.nio.file.Path;
import org.apiguardian.api.API;

/** One run of a convergence test: the parameter of its method. Safe for use by several threads. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface ConvergenceRun {

  /** Returns the seed of all randomness of the run; not negative. */
  long seed();

  /** An empty folder for checkpoints and the like. It is kept with the run. */
  Path folder();

  /**
   * Reports a value of a metric. The last one of each metric is its result; a NaN or infinite value
   * of a claim's metric makes the run a diverged one.
   *
   * @param metric the name that claims know it by
   * @param step of the training, not negative and not smaller than the metric's last
   * @throws IllegalArgumentException if the name is blank or the step goes back
   */
  void report(String metric, long step, double value);
}
