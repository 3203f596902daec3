package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/** Schedules against the length of a run: what can act, and what happens at the end. */
class ScheduleInRunTest {

  @Test
  void begin_refusesUpdatesThatPruneNothing() {
    Optimized optimized = apply(decay(0.8, 0, 2000, 100));
    String message = refused(optimized, 100);
    assertTrue(message.contains("never prunes anything"), message);
    assertTrue(message.contains("within 100 steps"), message);
    message = refused(optimized, 101);
    assertTrue(message.contains("ends after the training"), message);
    assertTrue(refused(apply(ConstantSparsity.of(0, 0)), 1000).contains("never prunes"));
  }

  @Test
  void begin_finishedMasks_mayBeTrainedOnForShort() {
    Optimized fresh = apply(decay(0.75, 0, 4, 1));
    // The only update of a run of one step has sparsity 0.
    refused(fresh, 1);
    Optimized half = trained(fresh, 2);
    refused(half, 1);
    Optimized finished = trained(fresh, 5);
    try (TestTraining training = new TestTraining(finished, 2)) {
      training.begin(0, 1);
      training.step(0);
      assertEquals(0.75, zeros(training), 0);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -0.1, 1.5, 1})
  void begin_refusesWhatAUserWrittenScheduleAsksFor(double sparsity) {
    PruningSchedule schedule =
        new PruningSchedule() {
          @Override
          public boolean updatesAt(long step) {
            return step % 7 == 0;
          }

          @Override
          public double sparsity(long step) {
            return step == 14 ? sparsity : 0.5;
          }

          @Override
          public String toString() {
            return "mine";
          }
        };
    String message = refused(apply(schedule), 20);
    assertTrue(message.contains("the sparsity of mine at step 14"), message);
    assertTrue(message.contains("not " + sparsity), message);
    try (TestTraining training = new TestTraining(apply(schedule), 2)) {
      training.begin(0, 13);
    }
  }

  @Test
  void formulaOfAUser_isFollowedStepByStep() {
    PruningSchedule stairs =
        PruningSchedule.of(step -> Math.min(0.2 * (1 + step / 2), 0.6), 1, 5, 2);
    try (TestTraining training = new TestTraining(apply(stairs), 2)) {
      training.begin(0, 7);
      double[] expected = {0, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6};
      for (int step = 0; step < expected.length; step++) {
        training.step(step);
        assertEquals(expected[step], zeros(training), 1e-12, "after step " + step);
      }
    }
  }

  @Test
  void lastUpdateAtTheEndOfTheRun_isMadeAfterTheLastStep() {
    try (TestTraining training = new TestTraining(apply(decay(0.75, 0, 4, 3)), 2)) {
      training.begin(0, 4);
      for (int step = 0; step < 3; step++) {
        training.step(step);
      }
      assertEquals(0, zeros(training), 0);
      training.step(3);
      assertEquals(0.75, zeros(training), 0);
    }
  }

  @Test
  void runInTwoParts_equalsOneRun() {
    Optimized optimized = apply(decay(0.75, 0, 6, 2));
    GraphModel straight;
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.begin(0, 8);
      for (int step = 0; step < 8; step++) {
        training.step(step);
      }
      straight = training.live().snapshot();
    }
    try (TestTraining training = new TestTraining(optimized, 2)) {
      // The end of the whole training, not that of the part.
      training.begin(0, 8);
      for (int step = 0; step < 8; step++) {
        if (step == 4) {
          training.begin(4, 8);
        }
        training.step(step);
      }
      assertEquals(straight.variables(), training.live().snapshot().variables());
    }
  }

  @Test
  void scheduleThatEndsAfterTheTraining_isRefused() {
    String message = refused(apply(decay(0.75, 0, 2000, 100)), 500);
    assertTrue(message.contains("steps 0 to 2000"), message);
    assertTrue(message.contains("ends after the training, which has 500 steps"), message);
    // Updates at 0, 100, ... 500: 0.75 * (1 - 0.75^3).
    assertTrue(message.contains("it would reach 0.4336"), message);
    refused(apply(PruningSchedule.of(step -> 0.1 * step, 0, 5, 1)), 4);
  }

  @Test
  void scheduleThatEndsWithTheTraining_isTaken() {
    for (PruningSchedule schedule :
        List.of(
            decay(0.75, 0, 4, 3),
            ConstantSparsity.of(0.75, 0, 2000, 100),
            // Has what it wants before its end.
            PruningSchedule.of(step -> Math.min(0.1 * step, 0.3), 0, 50, 1))) {
      try (TestTraining training = new TestTraining(apply(schedule), 2)) {
        training.begin(0, 4);
      }
    }
  }

  /** The first steps of a training of five. */
  private static Optimized trained(Optimized optimized, int steps) {
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.begin(0, 5);
      for (int step = 0; step < steps; step++) {
        training.step(step);
      }
      return training.trained();
    }
  }

  private static String refused(Optimized optimized, long steps) {
    try (TestTraining training = new TestTraining(optimized, 2)) {
      return String.valueOf(
          assertThrows(IllegalArgumentException.class, () -> training.begin(0, steps))
              .getMessage());
    }
  }

  private static PolynomialDecay decay(double sparsity, long begin, long end, long frequency) {
    return PolynomialDecay.builder().to(sparsity).steps(begin, end).frequency(frequency).build();
  }

  private static Optimized apply(PruningSchedule schedule) {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, Shape.of(-1, 8), (layers, x) -> layers.matMul("w", x, 5));
    return Pruning.builder().schedule(schedule).build().apply(model);
  }

  private static double zeros(TestTraining training) {
    int zeros = 0;
    float[] values = training.value("w/kernel");
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return (double) zeros / values.length;
  }
}
