package org.tfmot.gate.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.tfmot.gate.statistics.SimulatedGate.Outcome;
import org.tfmot.gate.statistics.SimulatedGate.SimulatedClaim;

/**
 * A benchmark of the gate: simulated suites of 12 claims, decided by this gate and by the usual
 * ones on the same data. Prints how often each releases what is broken and blocks what is healthy,
 * and how many runs it takes.
 */
public final class GateSimulation {
  static final int CLAIMS = 12;
  static final int NIGHTS = 30;
  private static final int MAX_RUNS = 160;
  private static final int NIGHTLY_RUNS = 400;
  private static final int REFERENCE_RUNS = 10;
  private static final int REPLICATIONS = 20_000;
  private static final double RESOLUTION = 1e-6;

  private static final String NOTES =
      """
      runs/claim  mean runs per healthy claim
      falseblock  healthy suites with a FAIL
      unreleased  healthy suites with a FAIL or an inconclusive claim
      falsepass   claims at the floor that passed
      falserel.   suites released with one claim at the floor
      skewed      claims at the floor that passed, runs with an exponential tail of bad values
      30 nights   claims at the floor that passed on any of 30 nights
      calibrated  margin in units of the noise of 10 reference runs; a refused one counts as 1 sd\
      """;

  private GateSimulation() {}

  /**
   * Result of one simulated gate.
   *
   * @param gate its name
   * @param runs mean runs per healthy claim
   * @param falseBlock share of healthy suites with a FAIL
   * @param notReleased share of healthy suites with a FAIL or an inconclusive claim
   * @param falsePass share of the claims at the floor that passed
   * @param falseRelease share of suites released with one claim at the floor, the others healthy
   * @param skewedPass share of claims at the floor that passed, with an exponential tail of bad
   *     runs
   * @param nightsPass share of claims at the floor that passed on any of 30 nights
   */
  record Result(
      String gate,
      double runs,
      double falseBlock,
      double notReleased,
      double falsePass,
      double falseRelease,
      double skewedPass,
      double nightsPass) {}

  /**
   * Prints the table for margins of two and of one standard deviation.
   *
   * @param args number of suites (default 2000) and seed (default 1)
   */
  public static void main(String[] args) {
    int suites = args.length > 0 ? Integer.parseInt(args[0]) : 2000;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    for (double margin : new double[] {2, 1}) {
      System.out.print(table(margin, suites, measure(margin, suites, seed)));
    }
    System.out.println(NOTES);
  }

  /** All gates on the same data, this project's default first. */
  static List<Result> measure(double margin, int suites, long seed) {
    List<Tally> tallies = gates(margin).stream().map(Tally::new).toList();
    SplittableRandom random = new SplittableRandom(seed);
    for (int suite = 0; suite < suites; suite++) {
      List<SimulatedClaim> healthy = new ArrayList<>();
      for (int claim = 0; claim < CLAIMS; claim++) {
        healthy.add(
            new SimulatedClaim(
                normal(random, MAX_RUNS, margin), normal(random, REFERENCE_RUNS, margin)));
      }
      double[] reference = healthy.get(0).reference();
      SimulatedClaim broken = new SimulatedClaim(normal(random, NIGHTLY_RUNS, 0), reference);
      SimulatedClaim skewed = new SimulatedClaim(badTail(random, MAX_RUNS), reference);
      tallies.forEach(tally -> tally.add(healthy, broken, skewed));
    }
    return tallies.stream().map(tally -> tally.result(suites)).toList();
  }

  private static List<SimulatedGate> gates(double margin) {
    double beta = FalseBlockBudget.STANDARD.share(CLAIMS);
    double first = AlphaSpending.of(TwoKeyRule.STANDARD.alpha(), 1);
    TwoKeyRule rule = TwoKeyRule.STANDARD.withAlpha(first);
    PowerPlanner standard = new PowerPlanner(rule, margin, beta);
    PowerPlanner critical = new PowerPlanner(TwoKeyRule.CRITICAL.withAlpha(first), margin, beta);
    Boundaries boundaries = Boundaries.of(TwoKeyRule.STANDARD.alpha(), beta);
    int enough = limit(standard, beta);
    return List.of(
        twoKey("two-key, limit " + enough, standard, enough),
        twoKey("two-key, limit " + standard.maxRuns() + " (1.8 n)", standard, standard.maxRuns()),
        new SimulatedGates.Sequential(
            "two-key, calibrated",
            reference -> rule.test(calibrated(reference, margin), beta, RESOLUTION),
            enough),
        twoKey(
            "two-key, alpha .01",
            new PowerPlanner(TwoKeyRule.STANDARD.withAlpha(0.01), margin, beta),
            MAX_RUNS),
        twoKey("two-key, critical", critical, limit(critical, beta)),
        new SimulatedGates.Sequential(
            "sequential t alone",
            reference -> SequentialT.of(margin, boundaries, 2, RESOLUTION),
            enough),
        SimulatedGates.fixedT(margin < 2 ? 13 : 5, TwoKeyRule.STANDARD.alpha()),
        SimulatedGates.bestOfThree(),
        SimulatedGates.mlperf(5, TwoKeyRule.STANDARD.alpha()));
  }

  /** The limit under which at most half the false-block budget goes to inconclusive claims. */
  private static int limit(PowerPlanner planner, double beta) {
    return Math.min(MAX_RUNS, planner.maxRunsFor(1 - beta / 2, REPLICATIONS));
  }

  private static SimulatedGate twoKey(String name, PowerPlanner planner, int maxRuns) {
    TwoKey empty = planner.rule().test(planner.effect(), planner.beta(), RESOLUTION);
    return new SimulatedGates.Sequential(name, reference -> empty, maxRuns);
  }

  /** A claim whose margin is refused is simulated with the smallest admitted one. */
  private static double calibrated(double[] reference, double margin) {
    Calibration calibration = Calibration.of(reference, RESOLUTION);
    return calibration.admits(margin, 0) ? calibration.effect(margin, 0) : 1;
  }

  private static double[] normal(SplittableRandom random, int n, double mean) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = mean + random.nextGaussian();
    }
    return values;
  }

  /** Mean 0, standard deviation 1, never over 1, exponential towards the bad side. */
  private static double[] badTail(SplittableRandom random, int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = 1 + Math.log(1 - random.nextDouble());
    }
    return values;
  }

  private static String table(double margin, int suites, List<Result> results) {
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%d suites of %d claims, margin %.0f sd, alpha %.2f, false-block budget %.2f%n"
                + "%-28s %10s %10s %10s %10s %10s %10s %10s%n",
            suites,
            CLAIMS,
            margin,
            TwoKeyRule.STANDARD.alpha(),
            FalseBlockBudget.STANDARD.budget(),
            "gate",
            "runs/claim",
            "falseblock",
            "unreleased",
            "falsepass",
            "falserel.",
            "skewed",
            "30 nights"));
    for (Result r : results) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-28s %10.2f %10.4f %10.4f %10.4f %10.4f %10.4f %10.4f%n",
              r.gate,
              r.runs,
              r.falseBlock,
              r.notReleased,
              r.falsePass,
              r.falseRelease,
              r.skewedPass,
              r.nightsPass));
    }
    return table.append(System.lineSeparator()).toString();
  }

  /** Counts of one gate; confined to one call of {@link #measure}. */
  private static final class Tally {
    private final SimulatedGate gate;
    private long runs;
    private int blocked;
    private int unreleased;
    private int passed;
    private int released;
    private int skewedPassed;
    private int nightsPassed;

    Tally(SimulatedGate gate) {
      this.gate = gate;
    }

    void add(List<SimulatedClaim> healthy, SimulatedClaim broken, SimulatedClaim skewed) {
      boolean anyFail = false;
      boolean allPass = true;
      boolean othersPass = true;
      for (int i = 0; i < healthy.size(); i++) {
        Outcome outcome = gate.decide(healthy.get(i));
        runs += outcome.runs();
        anyFail |= outcome.decision() == Decision.FAIL;
        allPass &= outcome.decision() == Decision.PASS;
        // The broken claim takes the place of the first.
        othersPass &= i == 0 || outcome.decision() == Decision.PASS;
      }
      boolean brokenPasses = gate.decide(broken).decision() == Decision.PASS;
      blocked += anyFail ? 1 : 0;
      unreleased += allPass ? 0 : 1;
      passed += brokenPasses ? 1 : 0;
      released += brokenPasses && othersPass ? 1 : 0;
      skewedPassed += gate.decide(skewed).decision() == Decision.PASS ? 1 : 0;
      nightsPassed += gate.passesWithin(broken, NIGHTS) ? 1 : 0;
    }

    Result result(int suites) {
      double n = suites;
      return new Result(
          gate.name(),
          runs / (n * CLAIMS),
          blocked / n,
          unreleased / n,
          passed / n,
          released / n,
          skewedPassed / n,
          nightsPassed / n);
    }
  }
}
