package org.tfmot.techniques.pruning;

import java.util.OptionalDouble;
import org.apiguardian.api.API;

/**
 * The same sparsity at every update: at {@code begin} and every {@code frequency} steps after it,
 * up to and including {@code end}. In a run of N steps, numbered 0 to N - 1, an update at N is made
 * when the last step is over.
 *
 * <pre>{@code
 * of(0.5, 100, 300, 100):   step        0   100   150   200   300   400
 *                           update     no   yes    no   yes   yes    no
 *                           sparsity          0.5         0.5   0.5
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ConstantSparsity implements PruningSchedule {

  /** An end step that never comes. */
  public static final long FOREVER = -1;

  private final double target;
  private final long beginStep;
  private final long endStep;
  private final long frequency;

  private ConstantSparsity(double target, long beginStep, long endStep, long frequency) {
    ScheduleChecks.sparsity("the target sparsity", target);
    ScheduleChecks.begin(beginStep);
    ScheduleChecks.frequency(frequency);
    if (endStep != FOREVER && endStep < beginStep) {
      throw new IllegalArgumentException(
          "the end step %d is before the begin step %d; %d means forever"
              .formatted(endStep, beginStep, FOREVER));
    }
    this.target = target;
    this.beginStep = beginStep;
    this.endStep = endStep;
    this.frequency = frequency;
  }

  /** From a step on, every 100 steps, forever. */
  public static ConstantSparsity of(double sparsity, long beginStep) {
    return new ConstantSparsity(sparsity, beginStep, FOREVER, 100);
  }

  /**
   * Between two steps.
   *
   * @param sparsity in [0, 1)
   * @param endStep the last step that may update, or {@link #FOREVER}
   * @param frequency steps between two updates
   * @throws IllegalArgumentException if a number is out of range
   */
  public static ConstantSparsity of(double sparsity, long beginStep, long endStep, long frequency) {
    return new ConstantSparsity(sparsity, beginStep, endStep, frequency);
  }

  @Override
  public boolean updatesAt(long step) {
    return step >= beginStep
        && (endStep == FOREVER || step <= endStep)
        && (step - beginStep) % frequency == 0;
  }

  @Override
  public double sparsity(long step) {
    return target;
  }

  @Override
  public OptionalDouble finalSparsity() {
    return OptionalDouble.of(target);
  }

  @Override
  public String toString() {
    return "ConstantSparsity(%s, steps %d to %s, every %d)"
        .formatted(target, beginStep, endStep == FOREVER ? "forever" : endStep, frequency);
  }
}
