package org.tfmot.techniques.pruning;

import java.util.OptionalDouble;
import org.apiguardian.api.API;

/**
 * Raises the sparsity along a polynomial (Zhu and Gupta, 2017): {@code final + (initial - final) *
 * (1 - p)^power} with {@code p = (step - begin) / (end - begin)} held to [0, 1].
 *
 * <pre>{@code
 * from(0.2).to(0.8).steps(100, 110), power 3:   step      100     102    105    110
 *                                               sparsity  0.2  0.4928  0.725    0.8
 * }</pre>
 *
 * <p>Updates come at {@code begin}, every {@code frequency} steps after it, and at {@code end}
 * whatever the frequency. (The Python toolkit misses the last one where {@code end - begin} is not
 * a multiple of the frequency.)
 *
 * <p>A run of N steps has steps 0 to N - 1. With {@code steps(0, N)} the last update is made when
 * the last step is over: the model has its final sparsity, and no step to recover from the last
 * weights' loss. Accuracy asks for an end well before the run's. A run that ends before the
 * schedule does is refused when it begins.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class PolynomialDecay implements PruningSchedule {

  private final double initialSparsity;
  private final double finalSparsity;
  private final long beginStep;
  private final long endStep;
  private final double power;
  private final long frequency;

  private PolynomialDecay(Builder builder) {
    initialSparsity = builder.initialSparsity;
    finalSparsity = builder.finalSparsity;
    beginStep = builder.beginStep;
    endStep = builder.endStep;
    power = builder.power;
    frequency = builder.frequency;
  }

  /** Starts a configuration: from 0, power 3, every 100 steps; target and steps have to be set. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public boolean updatesAt(long step) {
    return ScheduleChecks.updates(step, beginStep, endStep, frequency);
  }

  @Override
  public double sparsity(long step) {
    double progress =
        endStep == beginStep ? 1 : (double) (step - beginStep) / (endStep - beginStep);
    double left = 1 - Math.max(0, Math.min(1, progress));
    return finalSparsity + (initialSparsity - finalSparsity) * Math.pow(left, power);
  }

  @Override
  public OptionalDouble finalSparsity() {
    return OptionalDouble.of(finalSparsity);
  }

  @Override
  public String toString() {
    return "PolynomialDecay(%s to %s, steps %d to %d, power %s, every %d)"
        .formatted(initialSparsity, finalSparsity, beginStep, endStep, power, frequency);
  }

  /** Collects a configuration. */
  public static final class Builder {
    private double initialSparsity;
    private double finalSparsity = Double.NaN;
    private long beginStep;
    private long endStep = -1;
    private double power = 3;
    private long frequency = 100;

    private Builder() {}

    /** The sparsity at the begin step, in [0, 1) and not above the final one. */
    public Builder from(double sparsity) {
      initialSparsity = sparsity;
      return this;
    }

    /** The sparsity at the end step, in [0, 1). */
    public Builder to(double sparsity) {
      finalSparsity = sparsity;
      return this;
    }

    /** The steps of the first and of the last update. */
    public Builder steps(long begin, long end) {
      beginStep = begin;
      endStep = end;
      return this;
    }

    /** The exponent; 3 is the cubic of the paper. */
    public Builder power(double exponent) {
      power = exponent;
      return this;
    }

    /** Steps between two updates. */
    public Builder frequency(long steps) {
      frequency = steps;
      return this;
    }

    /**
     * The schedule.
     *
     * @throws IllegalArgumentException if a number is out of range, the end before the begin, or
     *     the initial sparsity above the final one: pruned weights do not come back
     */
    public PolynomialDecay build() {
      ScheduleChecks.sparsity("the initial sparsity", initialSparsity);
      ScheduleChecks.sparsity("the final sparsity", finalSparsity);
      ScheduleChecks.rising(initialSparsity, finalSparsity);
      ScheduleChecks.begin(beginStep);
      ScheduleChecks.frequency(frequency);
      ScheduleChecks.end(beginStep, endStep);
      if (!(power > 0)) {
        throw new IllegalArgumentException("the power must be positive, not " + power);
      }
      return new PolynomialDecay(this);
    }
  }
}
