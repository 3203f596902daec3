package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.TensorProtos;

/** The clustering kernel against brute force in plain Java. */
class ClusterKernelsTest {

  private static final int MOST_CLUSTERS = ClusterPattern.MOST_CLUSTERS;

  /** Values and gradients of one clustered weight. */
  private record Run(
      Shape shape, int clusters, boolean channels, boolean zeros, boolean mean, int threads) {

    float[][] kernel(float[] weight, float[] centroids, float[] upstream) {
      try (Graph graph = new Graph();
          Tensor w = TensorProtos.toTensor(TensorProtos.floats(shape, weight));
          Tensor c =
              TensorProtos.toTensor(TensorProtos.floats(Shape.of(centroids.length), centroids));
          Tensor g = TensorProtos.toTensor(TensorProtos.floats(shape, upstream))) {
        Ops tf = Ops.create(graph);
        Output<TFloat32> x = tf.placeholder(TFloat32.class).asOutput();
        Output<TFloat32> y = tf.placeholder(TFloat32.class).asOutput();
        Output<TFloat32> given = tf.placeholder(TFloat32.class).asOutput();
        // What is fed cannot be fetched, and a gradient may be the upstream one itself.
        Output<TFloat32> up = tf.identity(given).asOutput();
        GraphOperationBuilder builder =
            graph.opBuilder(NativeKernels.CLUSTER, "clustered", graph.baseScope());
        GraphOperation op =
            builder
                .addInput(x)
                .addInput(y)
                .setAttr("clusters", (long) clusters)
                .setAttr("channels", channels)
                .setAttr("zeros", zeros)
                .setAttr("mean", mean)
                .setAttr("threads", (long) threads)
                .build();
        Output<?>[] back =
            graph.addGradients(
                null, new Output<?>[] {op.output(0)}, new Output<?>[] {x, y}, new Output<?>[] {up});
        try (Session session = new Session(graph);
            Result result =
                session
                    .runner()
                    .feed(x, w)
                    .feed(y, c)
                    .feed(given, g)
                    .fetch(op.output(0))
                    .fetch(back[0])
                    .fetch(back[1])
                    .run()) {
          return new float[][] {
            floats(result.get(0)), floats(result.get(1)), floats(result.get(2))
          };
        }
      }
    }

    float[][] bruteForce(float[] weight, float[] centroids, float[] upstream) {
      int sets = centroids.length / clusters;
      float[] values = new float[weight.length];
      float[] toWeight = new float[weight.length];
      double[] sums = new double[centroids.length];
      int[] counts = new int[centroids.length];
      for (int i = 0; i < weight.length; i++) {
        int set = channels ? i % sets : 0;
        int nearest = nearest(weight[i], centroids, set);
        boolean kept = zeros && weight[i] == 0;
        values[i] = kept ? 0 : centroids[nearest];
        toWeight[i] = kept ? 0 : upstream[i];
        sums[nearest] += toWeight[i];
        counts[nearest]++;
      }
      float[] toCentroids = new float[centroids.length];
      for (int i = 0; i < centroids.length; i++) {
        toCentroids[i] = (float) (mean && counts[i] > 1 ? sums[i] / counts[i] : sums[i]);
      }
      return new float[][] {values, toWeight, toCentroids};
    }

    /** Of two equally near ones the smaller. */
    private int nearest(float weight, float[] centroids, int set) {
      int best = set * clusters;
      for (int i = best + 1; i < (set + 1) * clusters; i++) {
        double distance = Math.abs((double) weight - centroids[i]);
        double least = Math.abs((double) weight - centroids[best]);
        best = distance < least || (distance == least && centroids[i] < centroids[best]) ? i : best;
      }
      return best;
    }
  }

  @BeforeAll
  static void kernelsAreThere() {
    assertTrue(Kernels.isNative(), Kernels.description());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 2, false, false, false, 1",
    "0, 3, 2, false, true, true, 2",
    "7, 5, 8, false, false, false, 1",
    "1000, 37, 16, false, true, true, 2",
    "900, 300, 16, false, false, true, 4",
    "701, 300, 17, false, true, false, 3",
    "1000, 200, 256, false, false, true, 16",
    "50, 16, 4, true, false, false, 1",
    "1031, 67, 16, true, true, true, 2",
    "300, 33, 200, true, false, true, 3",
    "64, 1, 1, false, false, true, 1"
  })
  void clustered_isBruteForce(
      int rows,
      int columns,
      int clusters,
      boolean channels,
      boolean zeros,
      boolean mean,
      int threads) {
    Random random = new Random(rows * 31L + clusters);
    Run run = new Run(Shape.of(rows, columns), clusters, channels, zeros, mean, threads);
    // Multiples of powers of two, so that middles and distances are exact, and ties are there.
    float[] weight = grid(random, rows * columns, 64);
    float[] centroids = distinct(random, channels ? columns : 1, clusters);
    float[] upstream = grid(random, rows * columns, 1024);

    float[][] expected = run.bruteForce(weight, centroids, upstream);
    float[][] actual = run.kernel(weight, centroids, upstream);

    assertArrayEquals(expected[0], actual[0], "values");
    assertArrayEquals(expected[1], actual[1], "gradient to the weight");
    assertArrayEquals(expected[2], actual[2], "gradient to the centroids");
  }

  @Test
  void strangeWeights_areNoCentroids_andDisturbNoOthers() {
    Run run = new Run(Shape.of(6), 2, false, false, true, 1);
    float inf = Float.POSITIVE_INFINITY;
    float[] weight = {Float.NaN, inf, -inf, 0.5f, -0f, 1};

    float[][] actual =
        run.kernel(weight, new float[] {0.25f, -0.25f}, new float[] {1, 1, 1, 1, 1, 1});

    assertArrayEquals(
        new float[] {Float.NaN, Float.NaN, Float.NaN, 0.25f, -0.25f, 0.25f}, actual[0]);
    assertArrayEquals(new float[] {1, 1}, actual[2]);
  }

  @Test
  void wrongNumberOfCentroids_isRefused() {
    Run run = new Run(Shape.of(2, 3), 4, true, false, false, 1);

    TFInvalidArgumentException e =
        assertThrows(
            TFInvalidArgumentException.class,
            () -> run.kernel(new float[6], new float[4], new float[6]));

    assertTrue(e.getMessage().contains("a vector with the centroids of all sets"));
  }

  private static float[] grid(Random random, int count, int perUnit) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextInt(4 * perUnit) - 2 * perUnit) / perUnit;
    }
    return values;
  }

  /** Sets of centroids from -2 to 2, in no order. */
  private static float[] distinct(Random random, int sets, int clusters) {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, 2 * MOST_CLUSTERS).boxed().toList());
    float[] centroids = new float[sets * clusters];
    for (int set = 0; set < sets; set++) {
      Collections.shuffle(numbers, random);
      for (int i = 0; i < clusters; i++) {
        centroids[set * clusters + i] = (numbers.get(i) - MOST_CLUSTERS) / 128f;
      }
    }
    return centroids;
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().size())];
    ((TFloat32) tensor).asRawTensor().data().asFloats().read(values);
    for (int i = 0; i < values.length; i++) {
      values[i] += 0f; // makes the two zeros one
    }
    return values;
  }
}
