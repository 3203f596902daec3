package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatencyStatisticsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.0004 | 0.40 ns",
        "0.4    | 400 ns",
        "0.9996 | 1,000 ns",
        "1      | 1.00 us",
        "9.994  | 9.99 us",
        "9.996  | 10.0 us",
        "12.345 | 12.3 us",
        "99.96  | 100 us",
        "745.2  | 745 us",
        "9994   | 9,994 us",
        "9996   | 10.0 ms",
        "123456 | 123 ms"
      })
  void text_hasThreeDigitsAndAUnitThatFits(double micros, String text) {
    assertEquals(text, LatencyStatistics.text(micros));
  }

  @Test
  void toString_isALineForPeople() {
    assertEquals(
        "median 2.00 us (p10 1.20 us, p90 2.80 us) of 3 runs on 1 thread",
        LatencyStatistics.of(new long[] {3000, 1000, 2000}, 1).toString());
    assertEquals(
        "median 500 ns (p10 500 ns, p90 500 ns) of 1 run on 2 threads",
        LatencyStatistics.of(new long[] {500}, 2).toString());
  }

  @Test
  void quantiles_areInMicroseconds() {
    long[] nanos = {5000, 1000, 3000, 2000, 4000, 6000, 11000, 8000, 9000, 10000, 7000};
    assertEquals(new LatencyStatistics(6, 2, 10, 11, 2), LatencyStatistics.of(nanos, 2));
    assertEquals(new LatencyStatistics(3, 3, 3, 1, 1), LatencyStatistics.of(new long[] {3000}, 1));
  }
}
