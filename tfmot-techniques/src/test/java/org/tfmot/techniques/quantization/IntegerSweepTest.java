package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tfmot.techniques.testing.ChildTrials;

/**
 * Every integer operation x ranges from 1e-9 to 1e9 of operands and output, zeros, single values,
 * one-sided ranges x int8 and int16x8, in child JVMs: the file equals the simulation to a step, or
 * the conversion is refused by name.
 */
class IntegerSweepTest {

  private static final int STRIDE = 1009;

  /** The share of an operation's trials that are at least right, and not refused. */
  private static final double LEAST_RIGHT = 0.5;

  /** Every so many trials. */
  public static final class Thin implements ChildTrials.Trial {
    @Override
    public String run(long number) {
      return new SweepTrial().run(number * STRIDE);
    }
  }

  @Test
  void aThinSlice_isRightOrRefused() throws Exception {
    int count = (SweepTrial.count() - 1) / STRIDE + 1;
    assertTrue(count > 30, count + " trials");
    ChildTrials.Result result = ChildTrials.run(Thin.class, 0, count);
    assertEquals(List.of(), result.failures());
    // A sweep that refuses everything shows nothing.
    for (String bits : List.of("int8", "int16x8")) {
      long trials = IntStream.range(0, count).filter(i -> key(i * STRIDE).endsWith(bits)).count();
      int right =
          result.counts().entrySet().stream()
              .filter(e -> e.getKey().startsWith(SweepTrial.RIGHT) && e.getKey().endsWith(bits))
              .mapToInt(Map.Entry::getValue)
              .sum();
      assertTrue(right >= trials * LEAST_RIGHT, bits + " of " + trials + ": " + result.counts());
    }
  }

  @Test
  @Tag("long")
  void allTrials_areRightOrRefused() throws Exception {
    ChildTrials.Result result = ChildTrials.run(SweepTrial.class, 0, SweepTrial.count());
    System.out.println("sweep of integer operations: " + result.counts());
    List<String> failures =
        result.failures().stream()
            .map(failure -> failure + ": " + SweepTrial.at(number(failure)))
            .toList();
    assertEquals(List.of(), failures);
    Map<String, Integer> trials = new TreeMap<>();
    for (int i = 0; i < SweepTrial.count(); i++) {
      trials.merge(key(i), 1, Integer::sum);
    }
    List<String> refused =
        trials.entrySet().stream()
            .filter(e -> right(result, e.getKey()) < Math.floor(e.getValue() * LEAST_RIGHT))
            .map(e -> e.getKey() + ": " + right(result, e.getKey()) + " of " + e.getValue())
            .toList();
    assertEquals(List.of(), refused);
  }

  private static int right(ChildTrials.Result result, String key) {
    return result.counts().getOrDefault(SweepTrial.RIGHT + key, 0);
  }

  private static String key(long number) {
    return SweepTrial.at(number).key();
  }

  /** The number in "SweepTrial 17: ...". */
  private static long number(String failure) {
    return Long.parseLong(failure.split("[ :]")[1]);
  }
}
