package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

/**
 * Simulated quantization in training graphs, against TensorFlow's own kernels, bit for bit. Stock
 * operations may take the other neighbour of a value half way between two.
 */
class QuantizerKernelsTest {

  private static final float[] SPECIAL = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    1e-39f,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    0f,
    -0f
  };

  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1),
          Shape.of(7),
          Shape.of(0),
          Shape.of(3, 0),
          Shape.of(5, 3),
          Shape.of(100, 16),
          Shape.of(33, 65),
          Shape.of(3, 3, 7, 130),
          Shape.of(70001, 3));

  private static final float[][] RANGES = {
    {-1, 1}, {0, 6}, {-6, 0}, {-0.1f, 1}, {-3, 0.3f}, {0, 0}, {-1e-6f, 1e-6f}, {-1e30f, 1e30f}
  };

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void perChannel_isBitForBitTensorFlows(boolean natively) {
    Random random = new Random(natively ? 1 : 2);
    for (Shape shape : SHAPES) {
      for (int bits : new int[] {2, 4, 8, 16}) {
        for (boolean narrow : new boolean[] {true, false}) {
          int depth = (int) shape.get(shape.numDimensions() - 1);
          float[][] ends = ends(random, depth);
          verify(new QuantizerRun(shape, bits, narrow, true, ends[0], ends[1]), natively, random);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16})
  void perTensor_isBitForBitTensorFlowsOnAnyThreads(int threads) {
    Random random = new Random(threads);
    List<Shape> shapes = new ArrayList<>(SHAPES);
    shapes.add(Shape.scalar());
    for (Shape shape : shapes) {
      for (float[] range : RANGES) {
        boolean narrow = random.nextBoolean();
        float[] min = {range[0]};
        float[] max = {range[1]};
        int bits = 2 + random.nextInt(15);
        QuantizerRun run = new QuantizerRun(shape, bits, narrow, false, min, max);
        verify(run, true, threads, random);
      }
    }
  }

  private static void verify(QuantizerRun run, boolean natively, Random random) {
    verify(run, natively, 2, random);
  }

  private static void verify(QuantizerRun run, boolean natively, int threads, Random random) {
    assertTrue(!natively || Kernels.isNative(), Kernels.description());
    float[] x = values(run, natively, random);
    float[] upstream = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      upstream[i] = (float) random.nextGaussian();
    }
    QuantizerRun.Results expected = run.oracle(x, upstream);
    QuantizerRun.Results actual = run.rewritten(natively, threads, x, upstream);
    for (int i = 0; i < x.length; i++) {
      String where = "%s at %d, value %s".formatted(run, i, x[i]);
      // Adding 0 makes the two zeros one.
      assertEquals(expected.values()[i] + 0f, actual.values()[i] + 0f, where);
      assertEquals(expected.gradient()[i] + 0f, actual.gradient()[i] + 0f, where);
    }
  }

  /** Values around the range, its ends, halves between integers, and special ones. */
  private static float[] values(QuantizerRun run, boolean halves, Random random) {
    float[] x = new float[Math.toIntExact(run.shape().size())];
    float[] min = run.min();
    float[] max = run.max();
    for (int i = 0; i < x.length; i++) {
      int channel = run.channels() ? i % min.length : 0;
      float width = max[channel] - min[channel];
      float step = width / ((1 << run.bits()) - (run.narrow() ? 2 : 1));
      x[i] =
          switch (random.nextInt(8)) {
            // TensorFlow's empty range forgets what is no number.
            case 0 -> width == 0 ? 1e30f : SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> min[channel];
            case 2 -> max[channel];
            case 3 ->
                (random.nextInt(1 << run.bits()) + (halves ? 0.5f : 0.4f)) * step + min[channel];
            case 4 -> random.nextInt(1 << run.bits()) * step;
            default -> min[channel] + width * (1.4f * random.nextFloat() - 0.2f);
          };
    }
    return x;
  }

  private static float[][] ends(Random random, int depth) {
    float[] min = new float[depth];
    float[] max = new float[depth];
    for (int i = 0; i < depth; i++) {
      float[] range = RANGES[random.nextInt(RANGES.length)];
      float factor = 0.5f + random.nextFloat();
      min[i] = range[0] * factor;
      max[i] = range[1] * factor;
    }
    return new float[][] {min, max};
  }
}
