package org.tfmot.gate.statistics;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleFunction;

/**
 * Measures how often MEAN and BOUNDED_MEAN release an accuracy of worst value 0 that is at its
 * floor, by how seeds can be bad, and what a healthy one costs. Prints the table of the README.
 */
public final class MeanKindsBenchmark {
  private static final double ALPHA = 0.05;
  private static final double BETA = 0.05 / 12;
  private static final double NOISE = 0.003;
  private static final double RESOLUTION = 1e-4;
  private static final int LIMIT = 400;
  private static final int BATCH = 5;
  private static final int TRIES = 20;

  /** Draws a run; the index tells where a batch begins. */
  private interface Draw {
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
    row(
        "those under the floor die",
        0.81,
        (r, i) -> {
          double value = NOISE * r.nextGaussian();
          return value < 0 ? -0.81 : value;
        },
        replications);
    retried("normal, 20 tries", 0.81, normal, replications);
    retried("one in ten collapses, 20 tries", 0.81, collapses(0.1, 0.81), replications);
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
    row(name, floor, draw, replications, 1);
  }

  /** The bytes under test are changed, and the claim tried with new seeds, until it passes. */
  private static void retried(String name, double floor, Draw draw, int replications) {
    row(name, floor, draw, replications, TRIES);
  }

  private static void row(String name, double floor, Draw draw, int replications, int tries) {
    double margin = 0.9 - floor;
    double effect = Math.min(3, margin / NOISE);
    BettingMean.Range range = new BettingMean.Range(-floor, margin, 0.1 + margin);
    double[] mean =
        released(
            alpha ->
                TwoKeyRule.STANDARD
                    .withAlpha(alpha)
                    .test(effect, RESOLUTION / NOISE, BETA, RESOLUTION),
            draw,
            replications,
            tries);
    double[] bounded =
        released(
            alpha -> BettingMean.of(range, Boundaries.of(alpha, BETA), 5),
            draw,
            replications,
            tries);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f %% | %.1f | %.1f %% | %.1f |%n",
        name,
        mean[0],
        mean[1],
        bounded[0],
        bounded[1]);
  }

  /** Returns the share that passed in any of the tries, in percent, and the mean runs of a try. */
  private static double[] released(
      DoubleFunction<SequentialTest> empty, Draw draw, int replications, int tries) {
    SplittableRandom random = new SplittableRandom(2023);
    double passed = 0;
    double runs = 0;
    int tried = 0;
    for (int i = 0; i < replications; i++) {
      Decision decision = Decision.CONTINUE;
      for (int k = 0; k < tries && decision != Decision.PASS; k++) {
        SequentialTest test = empty.apply(AlphaSpending.of(ALPHA, k + 1));
        while (test.decision() == Decision.CONTINUE && test.runs() < LIMIT) {
          test = test.add(draw.next(random, test.runs()));
        }
        decision = test.decision();
        runs += test.runs();
        tried++;
      }
      passed += decision == Decision.PASS ? 1 : 0;
    }
    return new double[] {100 * passed / replications, runs / tried};
  }
}
