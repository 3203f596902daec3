package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;

import org.apiguardian.api.API;
import org.tfmot.api.Threads;

/**
 * The section {@code runtime} of an {@link ExperimentConfig}. With one thread of each kind the same
 * run gives the same bits.
 *
 * @param intraOpThreads threads within one operation; 0 leaves it to TensorFlow
 * @param interOpThreads operations at the same time; 0 leaves it to TensorFlow
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RuntimeSection(int intraOpThreads, int interOpThreads) {

  /** TensorFlow's own choice. */
  public static final RuntimeSection DEFAULT = new RuntimeSection(0, 0);

  /**
   * The threads of a session.
   *
   * @throws IllegalArgumentException if a number is negative; the message names its key
   */
  Threads create() {
    require(
        intraOpThreads >= 0,
        "runtime.intra_op_threads",
        "must not be negative: %d",
        intraOpThreads);
    require(
        interOpThreads >= 0,
        "runtime.inter_op_threads",
        "must not be negative: %d",
        interOpThreads);
    return new Threads(intraOpThreads, interOpThreads);
  }
}
