package org.tfmot.gate.statistics;

import java.util.Arrays;
import org.apiguardian.api.API;

/**
 * The sequential t-test of a mean: evidence that the standardised mean {@code mean/sd} is {@code
 * effect} rather than 0, without knowing the standard deviation. The evidence after n runs is the
 * density ratio of the noncentral to the central t distribution at the t statistic of the runs.
 *
 * <p>The error rates suppose roughly normal runs; with a long tail of bad runs it passes too often,
 * see {@link TwoKey}. The stopping rule may use the evidence, the budget and the time, but not the
 * raw size of the values.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class SequentialT implements SequentialTest {
  private final double effect;
  private final Boundaries boundaries;
  private final int minRuns;
  private final double resolution;
  private final double[] values;
  private final double logEvidence;
  private final Decision decision;

  private SequentialT(SequentialT previous, double[] values) {
    effect = previous.effect;
    boundaries = previous.boundaries;
    minRuns = previous.minRuns;
    resolution = previous.resolution;
    this.values = values;
    // One run has no spread, hence no evidence.
    logEvidence = values.length < 2 ? 0 : NoncentralRatio.log(values.length, effect, tStatistic());
    decision = boundaries.next(previous.decision, logEvidence, values.length, minRuns);
  }

  private SequentialT(double effect, Boundaries boundaries, int minRuns, double resolution) {
    this.effect = Checks.positive("effect", effect);
    this.boundaries = boundaries;
    this.minRuns = Checks.atLeast("minRuns", minRuns, 2);
    this.resolution = Checks.positive("resolution", resolution);
    values = new double[0];
    logEvidence = 0;
    decision = Decision.CONTINUE;
  }

  /**
   * A test without runs.
   *
   * @param effect the smallest healthy margin in standard deviations, over 0; see {@link
   *     Calibration#effect}
   * @param minRuns runs before which it does not pass, at least 2
   * @param resolution the smallest difference that the metric can show (for an accuracy one over
   *     the number of test examples), over 0: a smaller standard deviation counts as this one, so
   *     that quantised, identical values are not infinite evidence
   */
  public static SequentialT of(
      double effect, Boundaries boundaries, int minRuns, double resolution) {
    return new SequentialT(effect, boundaries, minRuns, resolution);
  }

  @Override
  public SequentialT add(double x) {
    Checks.finite("run " + (values.length + 1), x);
    double[] more = Arrays.copyOf(values, values.length + 1);
    more[values.length] = x;
    return new SequentialT(this, more);
  }

  /** sqrt(n) mean / sd, with the values scaled first so that no square overflows. */
  private double tStatistic() {
    double scale = 0;
    for (double x : values) {
      scale = Math.max(scale, Math.abs(x));
    }
    if (scale == 0) {
      return 0;
    }
    int n = values.length;
    double sum = 0;
    for (double x : values) {
      sum += x / scale;
    }
    double mean = sum / n;
    double squares = 0;
    for (double x : values) {
      squares += (x / scale - mean) * (x / scale - mean);
    }
    double deviation = Math.max(Math.sqrt(squares / (n - 1)), resolution / scale);
    return Math.sqrt(n) * mean / deviation;
  }

  /** The alternative in standard deviations. */
  public double effect() {
    return effect;
  }

  @Override
  public Decision decision() {
    return decision;
  }

  @Override
  public double logEvidence() {
    return logEvidence;
  }

  @Override
  public int runs() {
    return values.length;
  }

  @Override
  public Boundaries boundaries() {
    return boundaries;
  }
}
