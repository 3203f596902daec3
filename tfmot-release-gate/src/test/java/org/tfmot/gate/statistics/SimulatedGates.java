package org.tfmot.gate.statistics;

import java.util.Arrays;
import java.util.function.Function;

/** The gates that {@link GateSimulation} compares. */
final class SimulatedGates {
  private SimulatedGates() {}

  /** A sequential test; on each further night one more run is appended, without a run limit. */
  record Sequential(String name, Function<double[], SequentialTest> empty, int maxRuns)
      implements SimulatedGate {
    @Override
    public Outcome decide(SimulatedClaim claim) {
      SequentialTest test = until(claim, maxRuns);
      return new Outcome(test.decision(), test.runs());
    }

    @Override
    public boolean passesWithin(SimulatedClaim claim, int nights) {
      return until(claim, nights).decision() == Decision.PASS;
    }

    private SequentialTest until(SimulatedClaim claim, int limit) {
      SequentialTest test = empty.apply(claim.reference());
      while (test.decision() == Decision.CONTINUE && test.runs() < limit) {
        test = test.add(claim.runs()[test.runs()]);
      }
      return test;
    }
  }

  /** A gate that sees a fixed number of runs at once and forgets them by the next night. */
  private abstract static class Fixed implements SimulatedGate {
    private final String name;
    private final int runs;

    Fixed(String name, int runs) {
      this.name = name;
      this.runs = runs;
    }

    abstract boolean passes(double[] values, double[] reference);

    @Override
    public String name() {
      return name;
    }

    @Override
    public Outcome decide(SimulatedClaim claim) {
      boolean passes = passes(Arrays.copyOf(claim.runs(), runs), claim.reference());
      return new Outcome(passes ? Decision.PASS : Decision.FAIL, runs);
    }

    @Override
    public boolean passesWithin(SimulatedClaim claim, int nights) {
      for (int night = 0; night < nights; night++) {
        double[] values = Arrays.copyOfRange(claim.runs(), night * runs, (night + 1) * runs);
        if (passes(values, claim.reference())) {
          return true;
        }
      }
      return false;
    }
  }

  /** One-sided t-test of a fixed number of runs: passes if the mean is significantly over 0. */
  static SimulatedGate fixedT(int runs, double alpha) {
    double critical = SpecialFunctions.studentQuantile(1 - alpha, runs - 1.0);
    return new Fixed("t-test of " + runs + " runs", runs) {
      @Override
      boolean passes(double[] values, double[] reference) {
        Moments moments = Moments.of(values);
        return moments.mean() * Math.sqrt(values.length) >= critical * moments.deviation();
      }
    };
  }

  /**
   * After the reference-convergence check of MLPerf: passes unless a one-sided two-sample t-test
   * shows the runs to be worse than the reference runs.
   */
  static SimulatedGate mlperf(int runs, double alpha) {
    return new Fixed("MLPerf check of " + runs + " runs", runs) {
      @Override
      boolean passes(double[] values, double[] reference) {
        Moments now = Moments.of(values);
        Moments then = Moments.of(reference);
        double degrees = values.length + reference.length - 2.0;
        double variance =
            ((values.length - 1) * now.deviation() * now.deviation()
                    + (reference.length - 1) * then.deviation() * then.deviation())
                / degrees;
        double error = Math.sqrt(variance * (1.0 / values.length + 1.0 / reference.length));
        double critical = SpecialFunctions.studentQuantile(1 - alpha, degrees);
        return then.mean() - now.mean() < critical * error;
      }
    };
  }

  /** One run against the floor, retried up to twice until green. */
  static SimulatedGate bestOfThree() {
    return new SimulatedGate() {
      @Override
      public String name() {
        return "best of three retries";
      }

      @Override
      public Outcome decide(SimulatedClaim claim) {
        for (int n = 1; n <= 3; n++) {
          if (claim.runs()[n - 1] >= 0) {
            return new Outcome(Decision.PASS, n);
          }
        }
        return new Outcome(Decision.FAIL, 3);
      }

      @Override
      public boolean passesWithin(SimulatedClaim claim, int nights) {
        return Arrays.stream(claim.runs(), 0, 3 * nights).anyMatch(x -> x >= 0);
      }
    };
  }
}
