package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.tfmot.gate.statistics.GateSimulation.Result;

/** 2,000 suites of 12 claims, as the documentation promises. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GateSimulationTest {
  private static final double ALPHA = TwoKeyRule.STANDARD.alpha();
  private static final double BUDGET = FalseBlockBudget.STANDARD.budget();

  private final List<Result> results = GateSimulation.measure(2, 2000, 1);

  private Result result(String name) {
    return results.stream().filter(r -> r.gate().startsWith(name)).findFirst().orElseThrow();
  }

  @Test
  void defaults_holdAllBoundsAtOnce() {
    Result gate = results.get(0);
    assertTrue(gate.falsePass() <= ALPHA, gate::toString);
    assertTrue(gate.falseRelease() <= ALPHA, gate::toString);
    assertTrue(gate.nightsPass() <= ALPHA, gate::toString);
    assertTrue(gate.falseBlock() <= BUDGET, gate::toString);
    assertTrue(gate.notReleased() <= BUDGET, gate::toString);
    assertTrue(gate.runs() <= 6, gate::toString);
  }

  @Test
  void noiseFromTenReferenceRuns_keepsTheBounds() {
    Result gate = result("two-key, calibrated");
    assertTrue(gate.falsePass() <= ALPHA, gate::toString);
    assertTrue(gate.falseBlock() <= BUDGET, gate::toString);
    assertEquals(6.3, gate.runs(), 0.1);
  }

  @Test
  void critical_keepsAlphaWithSkewedRuns_forTwiceTheRuns() {
    Result critical = result("two-key, critical");
    assertTrue(critical.skewedPass() <= ALPHA, critical::toString);
    assertTrue(critical.runs() < 13.5, critical::toString);
    assertTrue(results.get(0).skewedPass() < result("sequential t").skewedPass());
  }

  @Test
  void usualGates_releaseWhatIsBrokenOrBlockWhatIsHealthy() {
    assertTrue(result("t-test").notReleased() > 2 * BUDGET);
    assertTrue(result("t-test").nightsPass() > 10 * ALPHA);
    // At the floor one run passes half the time, hence 1 - 1/8 with two retries.
    assertEquals(0.875, result("best of three").falsePass(), 0.03);
    assertTrue(result("MLPerf").notReleased() > 2 * BUDGET);
    assertTrue(result("MLPerf").nightsPass() > 2 * ALPHA);
  }

  @Test
  void measure_isDeterministic() {
    assertEquals(GateSimulation.measure(2, 20, 7), GateSimulation.measure(2, 20, 7));
  }

  @Test
  void main_printsEveryGateForBothMargins() {
    PrintStream console = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream captured = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      GateSimulation.main(new String[] {"20", "3"});
    } finally {
      System.setOut(console);
    }
    String table = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(table.contains("20 suites of 12 claims, margin 2 sd"), table);
    assertTrue(table.contains("margin 1 sd"), table);
    for (String gate : List.of("two-key", "t-test of 5", "t-test of 13", "best of", "MLPerf")) {
      assertTrue(table.contains(gate), table);
    }
  }
}
