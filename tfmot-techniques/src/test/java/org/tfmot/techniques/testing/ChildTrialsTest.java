package org.tfmot.techniques.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildTrialsTest {

  /** Ends the process at 2, fails at 4. */
  public static final class Some implements ChildTrials.Trial {
    @Override
    public String run(long seed) {
      if (seed == 2) {
        Runtime.getRuntime().halt(7);
      }
      Attempts attempts = new Attempts();
      attempts.attempt(
          "step",
          () -> {
            if (seed == 3) {
              throw new IllegalArgumentException("the value 3 is too large");
            }
            return new int[] {1, 1, 1, 1, 1, 1}[(int) (seed == 4 ? 9 : seed)];
          });
      return attempts.outcome();
    }
  }

  @Test
  void aDeadChildIsOneFailedTrialOfMany() throws Exception {
    ChildTrials.Result result = ChildTrials.run(Some.class, 1, 5);
    assertEquals(Map.of("works", 2, "refused", 1, Attempts.FAILED, 2), result.counts());
    assertEquals(5, result.trials());
    List<String> failures = result.failures();
    assertEquals(2, failures.size());
    assertTrue(failures.get(0).startsWith("Some 2: crashes: exit code 7"), failures.get(0));
    assertTrue(failures.get(1).contains("ArrayIndexOutOfBounds"), failures.get(1));
  }

  @Test
  void aRefusalHasASentence() {
    assertTrue(Attempts.isRefusal(new IllegalStateException("it is closed")));
    for (Exception e :
        List.of(
            new IllegalArgumentException(),
            new IllegalArgumentException("7"),
            new NumberFormatException("not a number"),
            new ArrayIndexOutOfBoundsException("Index 1 out of bounds"))) {
      assertTrue(!Attempts.isRefusal(e), e.toString());
    }
  }
}
