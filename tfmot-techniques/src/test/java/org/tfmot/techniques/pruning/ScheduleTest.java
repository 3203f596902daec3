package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.techniques.testing.Refusals;

class ScheduleTest {

  @ParameterizedTest(name = "vector 1: step {0} has sparsity {1}")
  @CsvSource({"100, 0.2", "102, 0.4928", "105, 0.725", "110, 0.8", "99, 0.2", "5000, 0.8"})
  void polynomialDecay_vector1_cubic(long step, double sparsity) {
    PolynomialDecay schedule =
        PolynomialDecay.builder().from(0.2).to(0.8).steps(100, 110).frequency(2).build();
    assertEquals(sparsity, schedule.sparsity(step), 1e-12);
  }

  @ParameterizedTest(name = "vector 2: every {0}, step {1}: {2}")
  @CsvSource({
    "1, 90, false",
    "1, 99, false",
    "1, 100, true",
    "1, 110, true",
    "1, 200, true",
    "1, 201, false",
    "1, 210, false",
    "10, 100, true",
    "10, 109, false",
    "10, 110, true",
    "10, 111, false"
  })
  void polynomialDecay_vector2_updates(long frequency, long step, boolean updates) {
    PolynomialDecay schedule =
        PolynomialDecay.builder().to(0.5).steps(100, 200).frequency(frequency).build();
    assertEquals(updates, schedule.updatesAt(step));
  }

  @Test
  void constantSparsity_vector3_neverEnds() {
    ConstantSparsity schedule = ConstantSparsity.of(0.5, 0, ConstantSparsity.FOREVER, 10);
    assertTrue(schedule.updatesAt(10_000));
    assertTrue(schedule.updatesAt(100_000_000));
    assertEquals(0.5, schedule.sparsity(100_000_000));
  }

  @ParameterizedTest(name = "vector 3: sparsity {0}, steps {1} to {2}, every {3} is refused")
  @CsvSource({
    "0.5, -1, -1, 10, begin step", "0.5, 0, -5, 10, end step", "0.5, 10, 9, 10, end step",
    "0.5, 0, -1, 0, frequency", "-0.001, 0, -1, 10, sparsity", "1.0, 0, -1, 10, sparsity",
    "NaN, 0, -1, 10, sparsity"
  })
  void constantSparsity_vector3_invalid(
      double sparsity, long begin, long end, long frequency, String named) {
    Refusals.assertRefused(() -> ConstantSparsity.of(sparsity, begin, end, frequency), named);
  }

  @Test
  void polynomialDecay_invalid() {
    assertRefused(PolynomialDecay.builder().steps(0, 10), "final sparsity");
    assertRefused(PolynomialDecay.builder().to(1).steps(0, 10), "final sparsity");
    assertRefused(PolynomialDecay.builder().from(-0.1).to(0.5).steps(0, 10), "initial sparsity");
    assertRefused(
        PolynomialDecay.builder().from(0.8).to(0.5).steps(0, 10),
        "initial sparsity 0.8 is above the final sparsity 0.5");
    assertRefused(PolynomialDecay.builder().to(0.5), "end step -1");
    assertRefused(PolynomialDecay.builder().to(0.5).steps(-1, 10), "begin step");
    assertRefused(PolynomialDecay.builder().to(0.5).steps(11, 10), "end step 10");
    assertRefused(PolynomialDecay.builder().to(0.5).steps(0, 10).frequency(0), "frequency");
    assertRefused(PolynomialDecay.builder().to(0.5).steps(0, 10).power(0), "power");
    assertRefused(PolynomialDecay.builder().to(0.5).steps(0, 10).power(Double.NaN), "power");
  }

  @Test
  void polynomialDecay_actsAtBeginAndEndWhateverTheFrequency() {
    PolynomialDecay schedule = PolynomialDecay.builder().to(0.7).steps(5, 18).frequency(6).build();
    long[] steps = LongStream.range(0, 40).filter(schedule::updatesAt).toArray();
    assertEquals("[5, 11, 17, 18]", Arrays.toString(steps));
    assertEquals(0.7, schedule.sparsity(18), 0);
  }

  @Test
  void polynomialDecay_ofOneStep_jumpsToTheEnd() {
    PolynomialDecay schedule = PolynomialDecay.builder().from(0.1).to(0.6).steps(3, 3).build();
    assertTrue(schedule.updatesAt(3));
    assertFalse(schedule.updatesAt(4));
    assertEquals(0.6, schedule.sparsity(3), 0);
  }

  @ParameterizedTest(name = "step {0} has sparsity {1}")
  @CsvSource({"0, 0", "100, 0.145", "500, 0.506", "1000, 0.692", "2000, 0.785"})
  void formula_isTheDocumentedTable(long step, double sparsity) {
    assertEquals(sparsity, exponential(0, 2000, 100).sparsity(step), 5e-4);
  }

  @Test
  void formula_isAskedAtBeginAndEndWhateverTheFrequency() {
    PruningSchedule schedule = exponential(5, 18, 6);
    long[] steps = LongStream.range(0, 40).filter(schedule::updatesAt).toArray();
    assertEquals("[5, 11, 17, 18]", Arrays.toString(steps));
    assertEquals(schedule.sparsity(18), schedule.finalSparsity().orElseThrow());
  }

  @Test
  void formula_withNumbersOutOfRange_isRefused() {
    assertFormulaRefused(step -> 0.5, -1, 10, 1, "begin step");
    assertFormulaRefused(step -> 0.5, 5, 4, 1, "end step 4");
    assertFormulaRefused(step -> 0.5, 0, 4, 0, "frequency");
    assertFormulaRefused(step -> step / 4.0, 0, 4, 1, "the sparsity at the end step 4");
    assertFormulaRefused(step -> step / 8.0 - 0.1, 0, 4, 1, "the sparsity at the begin step 0");
    assertFormulaRefused(step -> 0.5 - step / 10.0, 0, 4, 1, "pruned weights do not come back");
  }

  private static PruningSchedule exponential(long begin, long end, long frequency) {
    return PruningSchedule.of(step -> 0.8 * (1 - Math.exp(-step / 500.0)), begin, end, frequency);
  }

  private static void assertFormulaRefused(
      LongToDoubleFunction formula, long begin, long end, long frequency, String named) {
    Refusals.assertRefused(() -> PruningSchedule.of(formula, begin, end, frequency), named);
  }

  private static void assertRefused(PolynomialDecay.Builder builder, String named) {
    Refusals.assertRefused(builder::build, named);
  }
}
