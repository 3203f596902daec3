package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
    for (String right : List.of("right in int8", "right in int16x8")) {
      int seen = result.counts().getOrDefault(right, 0);
      assertTrue(seen >= count / 8, right + ": " + result.counts());
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
  }

  /** The number in "SweepTrial 17: ...". */
  private static long number(String failure) {
    return Long.parseLong(failure.split("[ :]")[1]);
  }
}
