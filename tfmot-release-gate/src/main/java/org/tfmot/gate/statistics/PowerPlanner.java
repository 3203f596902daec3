package org.tfmot.gate.statistics;

import java.util.SplittableRandom;
import org.apiguardian.api.API;

/**
 * Plans the runs of a claim about a mean before any is made.
 *
 * @param rule the rule of the claim
 * @param effect the smallest healthy margin in standard deviations, see {@link Calibration#effect}
 * @param grain the resolution of the metric in standard deviations, at least 0
 * @param beta the claim's share of the false-block budget, in (0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record PowerPlanner(TwoKeyRule rule, double effect, double grain, double beta) {
  private static final long SEED = 20_240_229L;
  private static final double NEGLIGIBLE_RESOLUTION = 1e-12;
  private static final int LIMIT = 1000;

  /** A planner for a metric whose resolution is negligible beside its noise. */
  public PowerPlanner(TwoKeyRule rule, double effect, double beta) {
    this(rule, effect, 0, beta);
  }

  /** Checks the ranges. */
  public PowerPlanner {
    Checks.positive("effect", effect);
    if (!(grain >= 0 && Double.isFinite(grain))) {
      throw new IllegalArgumentException("grain is " + grain + "; it must be finite, from 0");
    }
    Checks.probability("beta", beta);
  }

  /**
   * Approximate runs of a healthy claim: the most of what the mean needs, {@code 1 + ln(1/alpha) /
   * (ln(1 + d^2) / 2)}, what the share of runs at the floor needs, {@code ln(1/alpha)} by the mean
   * gain of a run, and the fewest runs.
   */
  public double formulaRuns() {
    double needed = -Math.log(rule.alpha());
    double mean = 1 + needed / (0.5 * Math.log1p(effect * effect));
    double p = SpecialFunctions.normalCdf(effect - grain / 2);
    double p1 = rule.healthyShare(effect, grain);
    double gain = p * Math.log(p1 / rule.p0()) + (1 - p) * Math.log((1 - p1) / (1 - rule.p0()));
    return Math.max(Math.max(mean, needed / gain), rule.minRuns());
  }

  /** The run limit {@code ceil(1.8 * formulaRuns())}. */
  public int maxRuns() {
    return (int) Math.ceil(1.8 * formulaRuns());
  }

  /**
   * Returns how the claim ends, by simulation of normal runs with a fixed seed, rounded to the
   * levels of the metric; one of these lies just under the floor, which is the worst place.
   *
   * @param truth the true margin in standard deviations
   * @param maxRuns run limit, at least 1
   * @param replications simulated claims, at least 1; the standard error of a probability p is
   *     {@code sqrt(p (1 - p) / replications)}
   */
  public Power simulate(double truth, int maxRuns, int replications) {
    Checks.finite("truth", truth);
    Checks.atLeast("maxRuns", maxRuns, 1);
    int[][] ends = ends(truth, maxRuns, replications);
    double pass = 0;
    double fail = 0;
    double runs = 0;
    for (int n = 1; n <= maxRuns; n++) {
      pass += ends[0][n];
      fail += ends[1][n];
      runs += (double) n * (ends[0][n] + ends[1][n]);
    }
    double open = replications - pass - fail;
    runs += open * maxRuns;
    return new Power(
        pass / replications, fail / replications, open / replications, runs / replications);
  }

  /**
   * The smallest run limit, at least {@link #maxRuns()}, under which a healthy claim is decided
   * with the given probability. The limit hardly changes the expected number of runs, because few
   * claims come near it.
   *
   * @param probability in (0, 1)
   * @param replications simulated claims, at least 1
   */
  public int maxRunsFor(double probability, int replications) {
    Checks.probability("probability", probability);
    int[][] ends = ends(effect, LIMIT, replications);
    double decided = 0;
    for (int n = 1; n <= LIMIT; n++) {
      decided += ends[0][n] + ends[1][n];
      if (n >= maxRuns() && decided >= probability * replications) {
        return n;
      }
    }
    return LIMIT;
  }

  /** Number of claims that passed (first row) and failed (second) after exactly n runs. */
  private int[][] ends(double truth, int maxRuns, int replications) {
    Checks.atLeast("replications", replications, 1);
    int[][] ends = new int[2][maxRuns + 1];
    SplittableRandom random = new SplittableRandom(SEED);
    TwoKey empty = rule.test(effect, grain, beta, Math.max(grain, NEGLIGIBLE_RESOLUTION));
    for (int i = 0; i < replications; i++) {
      SequentialTest test = empty;
      while (test.decision() == Decision.CONTINUE && test.runs() < maxRuns) {
        test = test.add(rounded(truth + random.nextGaussian()));
      }
      if (test.decision() != Decision.CONTINUE) {
        ends[test.decision() == Decision.PASS ? 0 : 1][test.runs()]++;
      }
    }
    return ends;
  }

  private double rounded(double value) {
    return grain == 0 ? value : grain * Math.rint(value / grain) - NEGLIGIBLE_RESOLUTION;
  }
}
