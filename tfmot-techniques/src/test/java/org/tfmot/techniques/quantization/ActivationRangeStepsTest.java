package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.techniques.testing.Values;

/** Ranges of activations, step by step, beside the same in plain Java. */
class ActivationRangeStepsTest {

  private static final double DECAY = 0.8;
  private static final int STEPS = 6;

  @TempDir Path folder;

  /** A quantizer, and what it does in plain Java. */
  enum Kind {
    LAST_VALUE(Quantizer.lastValue()) {
      @Override
      double[] next(double[] old, double[] batch) {
        return batch;
      }
    },
    MOVING_AVERAGE(Quantizer.movingAverage(DECAY)) {
      @Override
      double[] next(double[] old, double[] batch) {
        return old.length == 0 ? batch : moved(old, batch);
      }
    },
    MOVING_AVERAGE_FROM_A_RANGE(Quantizer.movingAverage(DECAY, -2, 6)) {
      @Override
      double[] first(int bits, boolean symmetric, boolean narrow) {
        return batchRange(new float[] {-2, 6}, bits, symmetric, narrow);
      }

      @Override
      double[] next(double[] old, double[] batch) {
        return moved(old, batch);
      }
    },
    ALL_VALUES(Quantizer.allValues()) {
      @Override
      double[] next(double[] old, double[] batch) {
        return old.length == 0
            ? batch
            : new double[] {Math.min(old[0], batch[0]), Math.max(old[1], batch[1])};
      }
    },
    /** Half of the batch's range, kept in variables of its own. */
    OWN(
        Quantizer.of(
            graph -> {
              String half = graph.constant("half", 0.5f);
              String min = graph.add("Mul", "own/low", graph.batchMin(), half);
              String max = graph.add("Mul", "own/high", graph.batchMax(), half);
              String oldMin = graph.variable("own_min", 0);
              String oldMax = graph.variable("own_max", 0);
              graph.assign(oldMin, min);
              graph.assign(oldMax, max);
              return new TrainedRange(min, max, oldMin, oldMax);
            })) {
      @Override
      double[] next(double[] old, double[] batch) {
        return new double[] {batch[0] / 2, batch[1] / 2};
      }
    };

    private final Quantizer quantizer;

    Kind(Quantizer quantizer) {
      this.quantizer = quantizer;
    }

    /** The range before the first step; empty if there is none. */
    double[] first(int bits, boolean symmetric, boolean narrow) {
      return new double[0];
    }

    /**
     * The range after a step.
     *
     * @param old before it; empty before the first
     */
    abstract double[] next(double[] old, double[] batch);

    private static double[] moved(double[] old, double[] batch) {
      return new double[] {
        old[0] * DECAY + batch[0] * (1 - DECAY), old[1] * DECAY + batch[1] * (1 - DECAY)
      };
    }
  }

  static Stream<Arguments> kindsInEveryWidth() {
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                IntStream.rangeClosed(2, 16)
                    .boxed()
                    .flatMap(
                        bits ->
                            Stream.of(
                                Arguments.of(kind, bits, false, false),
                                Arguments.of(kind, bits, true, false),
                                Arguments.of(kind, bits, true, true))));
  }

  @ParameterizedTest(name = "{0}, {1} bits, symmetric {2}, narrow {3}")
  @MethodSource("kindsInEveryWidth")
  void rangeAndValues_areThoseOfPlainJava(Kind kind, int bits, boolean symmetric, boolean narrow) {
    FakeQuantFormula formula = new FakeQuantFormula(bits, narrow);
    try (RangeInTraining training =
        new RangeInTraining(kind.quantizer.bits(bits).symmetric(symmetric).narrow(narrow))) {
      double[] expected = kind.first(bits, symmetric, narrow);
      for (int step = 0; step < STEPS; step++) {
        float[] batch = batch(step);
        expected = kind.next(expected, batchRange(batch, bits, symmetric, narrow));
        float[] quantized = training.step(batch);
        float[] range = training.range();
        assertEquals(expected[0], range[0], 1e-5, "min of step " + step);
        assertEquals(expected[1], range[1], 1e-5, "max of step " + step);
        assertQuantized(formula, range, batch, quantized);
      }
      assertArrayEquals(training.range(), training.exported());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void restoredInTheMiddle_goesOnToEqualRanges(Kind kind) {
    Path prefix = folder.resolve("ckpt");
    float[] straight;
    float[] half;
    try (RangeInTraining training = new RangeInTraining(kind.quantizer)) {
      IntStream.range(0, 3).forEach(step -> training.step(batch(step)));
      training.save(prefix);
      half = training.range();
      IntStream.range(3, STEPS).forEach(step -> training.step(batch(step)));
      straight = training.range();
    }
    try (RangeInTraining training = new RangeInTraining(kind.quantizer)) {
      training.restore(prefix);
      assertArrayEquals(half, training.range());
      IntStream.range(3, STEPS).forEach(step -> training.step(batch(step)));
      assertArrayEquals(straight, training.range());
    }
  }

  static List<Kind> kinds() {
    return List.of(Kind.values());
  }

  static Stream<Arguments> widths() {
    return IntStream.rangeClosed(2, 16)
        .boxed()
        .flatMap(bits -> Stream.of(Arguments.of(bits, false), Arguments.of(bits, true)));
  }

  @ParameterizedTest(name = "{0} bits, narrow {1}")
  @MethodSource("widths")
  void fixedRange_neverMoves(int bits, boolean narrow) {
    FakeQuantFormula formula = new FakeQuantFormula(bits, narrow);
    try (RangeInTraining training =
        new RangeInTraining(Quantizer.fixed(-1.5, 2).bits(bits).narrow(narrow))) {
      for (int step = 0; step < 3; step++) {
        float[] batch = batch(step);
        assertQuantized(formula, new float[] {-1.5f, 2}, batch, training.step(batch));
      }
      assertEquals(List.of(), training.variables());
      assertArrayEquals(new float[] {-1.5f, 2}, training.exported());
    }
  }

  /** Equal, but for values that lie between two others within float's rounding. */
  private static void assertQuantized(
      FakeQuantFormula formula, float[] range, float[] values, float[] quantized) {
    float[] expected = formula.apply(range[0], range[1], values);
    float step = formula.step(range[0], range[1]);
    int same = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = Math.abs(expected[i] - quantized[i]);
      assertTrue(difference < 1.01 * step, values[i] + " became " + quantized[i]);
      same += difference < 0.01 * step + 1e-6 ? 1 : 0;
    }
    assertTrue(same >= 0.9 * values.length, same + " of " + values.length);
  }

  /** What a batch's range is, widened to contain 0 and to be symmetric. */
  private static double[] batchRange(float[] batch, int bits, boolean symmetric, boolean narrow) {
    double min = 0;
    double max = 0;
    for (float value : batch) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    if (!symmetric) {
      return new double[] {min, max};
    }
    double half = Math.pow(2, bits - 1);
    double ratio = narrow ? 1 : half / (half - 1);
    return new double[] {Math.min(min, -max * ratio), Math.max(max, -min / ratio)};
  }

  private static float[] batch(int step) {
    Random random = new Random(step);
    double center = random.nextGaussian();
    return Values.of(40, i -> center + random.nextGaussian() * (1 + step % 3));
  }
}
