package org.tfmot.techniques.clustering;

import java.util.Arrays;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.graph.TensorProtos;

/**
 * The choice of initial centroids among the points themselves, each far from those before (Arthur
 * and Vassilvitskii, 2007). TensorFlow's own kernel does it.
 */
final class KMeansPlusPlus implements AutoCloseable {

  /** The same seed gives the same centroids. */
  private static final long SEED = 9;

  /** The kernel's: 2 + ln(count) candidates for each centroid. */
  private static final long DEFAULT_RETRIES = -1;

  /**
   * Values nearer to each other than this, relative to the larger one, are one: the kernel's
   * distances are differences of squares in float. It reads beyond its points if all are 0.
   */
  private static final float RESOLUTION = 0x1p-8f;

  /**
   * Of the largest value; a smaller one's square is 0 beside it, once that is scaled to about 1.
   */
  private static final float SQUARED_TO_NOTHING = 0x1p-60f;

  private final Graph graph = new Graph();
  private final Session session;
  private final Operand<TFloat32> points;
  private final Operand<TInt64> count;
  private final Operand<TFloat32> chosen;

  KMeansPlusPlus() {
    Ops tf = Ops.create(graph);
    points = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1)));
    count = tf.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    chosen =
        tf.cluster.kmeansPlusPlusInitialization(
            points, count, tf.constant(SEED), tf.constant(DEFAULT_RETRIES));
    session = new Session(graph);
  }

  /**
   * Centroids of some weights.
   *
   * @param number how many
   */
  float[] centroids(float[] weights, int number) {
    float[] values = distinct(weights);
    if (values.length <= number) {
      // The kernel draws until it has another value, and there would be none.
      float[] centroids = Arrays.copyOf(values, number);
      Arrays.fill(centroids, values.length, number, values[values.length - 1]);
      return centroids;
    }
    return apart(values) <= number ? spread(values, number) : drawn(weights, number);
  }

  private float[] drawn(float[] weights, int number) {
    // By a power of two, which changes no digit that counts: squares of small numbers would be 0.
    int exponent = Math.getExponent(largest(weights));
    float[] points = scaled(weights, -exponent);
    try (TFloat32 all = TFloat32.tensorOf(Shape.of(points.length, 1), DataBuffers.of(points));
        TInt64 k = TInt64.scalarOf(number);
        Result result =
            session.runner().feed(this.points, all).feed(count, k).fetch(chosen).run()) {
      return scaled(TensorProtos.toFloats(TensorProtos.of(result.get(0))), exponent);
    }
  }

  /** Returns a lower bound of the number of ascending values that the kernel can tell apart. */
  private static int apart(float[] values) {
    int count = 1;
    float last = values[0];
    float largest = largest(values);
    for (float value : values) {
      float distance = RESOLUTION * Math.max(Math.abs(value), Math.abs(last));
      if (value - last > Math.max(distance, largest * SQUARED_TO_NOTHING)) {
        count++;
        last = value;
      }
    }
    return count;
  }

  /** Ascending values of which some are left out evenly. */
  private static float[] spread(float[] values, int number) {
    float[] chosen = new float[number];
    for (int i = 0; i < number; i++) {
      chosen[i] = values[(int) ((long) i * (values.length - 1) / Math.max(number - 1, 1))];
    }
    return chosen;
  }

  private static float largest(float[] weights) {
    float largest = 0;
    for (float weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    return largest;
  }

  private static float[] scaled(float[] values, int exponent) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = Math.scalb(values[i], exponent);
    }
    return scaled;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }

  private static float[] distinct(float[] weights) {
    float[] sorted = weights.clone();
    Arrays.sort(sorted);
    int size = 0;
    for (float weight : sorted) {
      if (size == 0 || weight != sorted[size - 1]) {
        sorted[size++] = weight;
      }
    }
    return Arrays.copyOf(sorted, size);
  }
}
