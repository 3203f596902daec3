package org.tfmot.techniques.pruning;

import java.util.OptionalDouble;
import java.util.function.LongToDoubleFunction;
import org.apiguardian.api.API;
import org.tfmot.api.graph.Arguments;

/**
 * Steps at which masks are recomputed, and their sparsity: pure functions of the step, counted from
 * 0.
 *
 * <p>An update comes before its step. The one at step N in a run of N steps is the last thing that
 * the run does, after step N - 1: so both functions are asked for steps 0 to N, inclusive, in a run
 * of N steps. Masks only grow: where a schedule's sparsity falls, they stay as they are.
 *
 * <p>A schedule of one's own is a formula and the steps at which it is asked ({@link #of}), or an
 * implementation of this interface.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface PruningSchedule {

  /** Returns whether the masks are recomputed before this step. */
  boolean updatesAt(long step);

  /**
   * The fraction of weights that are zero after an update at this step, in [0, 1). A run in which
   * it is anything else at an update is refused before the first step.
   */
  double sparsity(long step);

  /**
   * The sparsity after the last update, if the schedule knows it. A training too short to reach it
   * is refused when it begins. Masks that have it already are finished: such a model may be trained
   * on in a run that is too short for any further update.
   */
  default OptionalDouble finalSparsity() {
    return OptionalDouble.empty();
  }

  /**
   * A schedule by a formula of the step. Updates come at {@code begin}, every {@code frequency}
   * steps after it, and at {@code end} whatever the frequency.
   *
   * <p>Such as sparsity that approaches 0.8 exponentially, {@code s(t) = 0.8 * (1 - e^(-t / 500))}:
   *
   * <pre>{@code
   * PruningSchedule.of(step -> 0.8 * (1 - Math.exp(-step / 500.0)), 0, 2000, 100)
   *
   * step       0    100    500   1000   2000
   * sparsity   0  0.145  0.506  0.692  0.785
   * }</pre>
   *
   * @param sparsity a pure function of the step, in [0, 1) from {@code begin} to {@code end}; it
   *     should not fall
   * @param begin the step of the first update
   * @param end the step of the last update
   * @param frequency steps between two updates
   * @throws IllegalArgumentException if a number is out of range, the end before the begin, or the
   *     sparsity at the end out of range or below the one at the begin: pruned weights do not come
   *     back
   */
  static PruningSchedule of(LongToDoubleFunction sparsity, long begin, long end, long frequency) {
    Arguments.require(sparsity, "sparsity");
    return new FunctionSchedule(sparsity, begin, end, frequency);
  }
}
