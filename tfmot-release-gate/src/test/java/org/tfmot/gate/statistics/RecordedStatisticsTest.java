package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * Recomputes numbers of the reference runs of registered claims that were recorded with other
 * special functions: earlier attestations stay true.
 */
class RecordedStatisticsTest {

  /** A thousandth of what an attestation allows two computations to differ by. */
  private static final double RELATIVE = 1e-12;

  @ParameterizedTest(name = "{0}")
  @CsvFileSource(resources = "recorded-statistics.csv", delimiter = ';', numLinesToSkip = 1)
  void recordedNumbers_areComputedAgain(
      String claim,
      double resolution,
      double documented,
      double floor,
      String runs,
      double upper,
      double low,
      double high,
      double logEvidence,
      double chance) {
    double[] values = Stream.of(runs.split(" ")).mapToDouble(Double::parseDouble).toArray();

    Calibration calibration = Calibration.of(values, resolution);
    MeanEstimate estimate = MeanEstimate.of(values, 0.95);
    SequentialT test =
        SequentialT.of(
            calibration.effect(documented, floor), Boundaries.of(0.05, 0.1), 5, resolution);
    for (double value : values) {
      test = test.add(value - floor);
    }
    double batches =
        BatchEffect.of(List.of(Arrays.copyOf(values, 4), Arrays.copyOfRange(values, 4, 8)))
            .map(BatchEffect::chance)
            .orElse(Double.NaN);

    assertClose(upper, calibration.upper());
    assertClose(low, estimate.low());
    assertClose(high, estimate.high());
    assertClose(logEvidence, test.logEvidence());
    assertClose(chance, batches);
  }

  private static void assertClose(double expected, double actual) {
    assertEquals(expected, actual, Math.abs(expected) * RELATIVE);
  }
}
