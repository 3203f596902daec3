package org.tfmot.gate.statistics;

import java.util.Arrays;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A test of the mean of a metric that has a worst value, and of which nothing else is known: any
 * share of collapsing runs, any skew, any spread.
 *
 * <p>The evidence is the capital of a gambler who stakes a fraction c of it on each run: {@code K_n
 * = prod(1 + c x_i / |worst|)}, where x is a value over the floor. If the mean is at most the
 * floor, the capital is a nonnegative supermartingale whatever the distribution, and ever reaches
 * {@code 1/alpha} with probability at most alpha (Ville). So is the average over several fractions,
 * which is what is used: large fractions win fast if no run collapses, small ones survive
 * collapses. A second gambler, who bets against the documented value, decides FAIL; that needs a
 * best value.
 *
 * <p>I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, J. R.
 * Stat. Soc. B, 2023.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class BettingMean implements SequentialTest {
  /** Shares of the capital, and how much of it is staked in this way at the beginning. */
  private static final double[] FRACTIONS = {0.95, 0.85, 0.7, 0.5, 0.25, 0.1};

  private static final double[] WEIGHTS = {0.5, 0.2, 0.12, 0.08, 0.06, 0.04};

  /** Evidence that lies exactly on a boundary does not in floating-point logarithms. */
  private static final double ROUNDING = 1e-12;

  private static final int MOST_RUNS = 100_000;

  /**
   * The known bounds of the metric, all over the floor: 0 is the floor, higher is better.
   *
   * @param worst the worst value, under 0; a worse one counts as it
   * @param documented the mean of a healthy claim, over 0
   * @param best the best value, over the documented one; a better one counts as it. Null if there
   *     is none: then no evidence fails the claim
   */
  public record Range(double worst, double documented, @Nullable Double best) {
    /** Checks the order. */
    public Range {
      Checks.positive("floor minus worst", -worst);
      Checks.positive("documented minus floor", documented);
      if (best != null) {
        Checks.positive("best minus documented", best - documented);
      }
    }

    double clip(double x) {
      double clipped = Math.max(worst, x);
      return best == null ? clipped : Math.min(best, clipped);
    }
  }

  private final Range range;
  private final Boundaries boundaries;
  private final int minRuns;
  private final double[] forBenefit;
  private final double[] against;
  private final int runs;
  private final double mostAgainst;
  private final Decision decision;

  private BettingMean(
      Range range,
      Boundaries boundaries,
      int minRuns,
      double[] forBenefit,
      double[] against,
      int runs,
      double before,
      Decision previous) {
    this.range = range;
    this.boundaries = boundaries;
    this.minRuns = minRuns;
    this.forBenefit = forBenefit;
    this.against = against;
    this.runs = runs;
    mostAgainst = Math.max(before, logAverage(against));
    if (previous == Decision.FAIL || -mostAgainst <= Math.log(boundaries.lower()) + ROUNDING) {
      decision = Decision.FAIL;
    } else {
      boolean enough = logAverage(forBenefit) >= Math.log(boundaries.upper()) - ROUNDING;
      decision = enough && runs >= minRuns ? Decision.PASS : previous;
    }
  }

  /**
   * A test without runs.
   *
   * @param minRuns runs before which it does not pass, at least 1
   */
  public static BettingMean of(Range range, Boundaries boundaries, int minRuns) {
    return new BettingMean(
        range,
        boundaries,
        Checks.atLeast("minRuns", minRuns, 1),
        new double[FRACTIONS.length],
        new double[FRACTIONS.length],
        0,
        0,
        Decision.CONTINUE);
  }

  @Override
  public BettingMean add(double x) {
    double value = range.clip(Checks.finite("run " + (runs + 1), x));
    double gain = value / -range.worst();
    Double best = range.best();
    double loss = best == null ? 0 : (range.documented() - value) / (best - range.documented());
    return new BettingMean(
        range,
        boundaries,
        minRuns,
        after(forBenefit, gain),
        after(against, loss),
        runs + 1,
        mostAgainst,
        decision);
  }

  /** The logarithm of the capital against a mean of values that are at least 0. */
  static double logCapital(double[] values, double mean) {
    double[] logs = new double[FRACTIONS.length];
    for (double value : values) {
      logs = after(logs, (value - mean) / mean);
    }
    return logAverage(logs);
  }

  private static double[] after(double[] logs, double gain) {
    double[] next = Arrays.copyOf(logs, logs.length);
    for (int i = 0; i < next.length; i++) {
      next[i] += Math.log1p(FRACTIONS[i] * gain);
    }
    return next;
  }

  /** The logarithm of the weighted average of the capitals. */
  private static double logAverage(double[] logs) {
    double most = Arrays.stream(logs).max().orElseThrow();
    double sum = 0;
    for (int i = 0; i < logs.length; i++) {
      sum += WEIGHTS[i] * Math.exp(logs[i] - most);
    }
    return most + Math.log(sum);
  }

  @Override
  public Decision decision() {
    return decision;
  }

  /** The capital of who bets on the benefit; if it failed, the inverse of the other one's. */
  @Override
  public double logEvidence() {
    return decision == Decision.FAIL ? -mostAgainst : logAverage(forBenefit);
  }

  @Override
  public int runs() {
    return runs;
  }

  @Override
  public Boundaries boundaries() {
    return boundaries;
  }

  /**
   * Returns the number of runs that a test without runs takes until it passes, if they have the
   * given values again and again.
   *
   * @param values over the floor, at least one
   * @return {@link Integer#MAX_VALUE} if it does not get there
   */
  public int runsToPass(double... values) {
    Checks.atLeast("number of values", values.length, 1);
    BettingMean test = this;
    while (test.decision != Decision.PASS) {
      if (test.decision == Decision.FAIL || test.runs >= MOST_RUNS) {
        return Integer.MAX_VALUE;
      }
      test = test.add(values[test.runs % values.length]);
    }
    return test.runs;
  }
}
