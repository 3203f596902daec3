package org.tfmot.gate.statistics;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * How often MEAN and BOUNDED_MEAN release an accuracy of worst value 0 that is at its floor, by how
 * seeds can be bad, and what a healthy one costs. Prints the table of the README.
 */
final class MeanKindsBenchmark {
  private static final double ALPHA = 0.05;
  private static final double BETA = 0.05 / 12;
  private static final double NOISE = 0.003;
  private static final int LIMIT = 400;
  private static final int BATCH = 5;

  /** Draws a run; the index tells where a batch begins. */
  interface Draw {
    double next(SplittableRandom random, int run);
  }

  private MeanKindsBenchmark() {}

  /**
   * @param args replications, by default 20,000
   */
  public static void main(String[] args) {
    int replications = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
    Draw normal = (r, i) -> NOISE * r.nextGaussian();
    row("normal", 0.81, normal, replications);
    row(
        "exponential tail",
        0.81,
        (r, i) -> NOISE * (1 + Math.log(1 - r.nextDouble())),
        replications);
    row("one in ten collapses", 0.81, collapses(0.1, 0.81), replications);
    row("one in twenty collapses", 0.855, collapses(0.05, 0.855), replications);
    row("ten percent diverge, floor .88", 0.88, collapses(0.1, 0.88), replications);
    row("batches of five, ICC .3", 0.81, batches(), replications);
    row("healthy, margin .09", 0.81, above(0.09), replications);
    row("healthy, margin .02", 0.88, above(0.02), replications);
    row("healthy, one in a hundred collapses", 0.81, collapses(0.01, 0.81), replications);
  }

  private static Draw above(double margin) {
    return (r, i) -> margin + NOISE * r.nextGaussian();
  }

  /** Good runs are .9, the others 0. */
  private static Draw collapses(double share, double floor) {
    return (r, i) -> (r.nextDouble() < share ? 0 : 0.9 + NOISE * r.nextGaussian()) - floor;
  }

  private static Draw batches() {
    double[] effect = new double[1];
    return (r, i) -> {
      if (i % BATCH == 0) {
        effect[0] = Math.sqrt(0.3) * NOISE * r.nextGaussian();
      }
      return effect[0] + Math.sqrt(0.7) * NOISE * r.nextGaussian();
    };
  }

  private static void row(String name, double floor, Draw draw, int replications) {
    double margin = 0.9 - floor;
    double effect = Math.min(3, margin / NOISE);
    BettingMean.Range range = new BettingMean.Range(-floor, margin, 0.1 + margin);
    double[] mean =
        released(() -> TwoKeyRule.STANDARD.test(effect, BETA, 1e-4), draw, replications);
    double[] bounded =
        released(() -> BettingMean.of(range, Boundaries.of(ALPHA, BETA), 5), draw, replications);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f %% | %.1f | %.1f %% | %.1f |%n",
        name,
        mean[0],
        mean[1],
        bounded[0],
        bounded[1]);
  }

  /** Share that passed, in percent, and mean runs. */
  private static double[] released(Supplier<SequentialTest> empty, Draw draw, int replications) {
    SplittableRandom random = new SplittableRandom(2023);
    double passed = 0;
    double runs = 0;
    for (int i = 0; i < replications; i++) {
      SequentialTest test = empty.get();
      while (test.decision() == Decision.CONTINUE && test.runs() < LIMIT) {
        test = test.add(draw.next(random, test.runs()));
      }
      passed += test.decision() == Decision.PASS ? 1 : 0;
      runs += test.runs();
    }
    return new double[] {100 * passed / replications, runs / replications};
  }
}
