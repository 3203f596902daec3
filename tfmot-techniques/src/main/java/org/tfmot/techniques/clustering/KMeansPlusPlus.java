package org.tfmot.techniques.clustering;

import java.util.Arrays;
import org.tensorflow.EagerSession;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.TensorProtos;

/**
 * The choice of initial centroids among the points themselves, each far from those before (Arthur
 * and Vassilvitskii, 2007). TensorFlow's own kernel does it.
 */
final class KMeansPlusPlus {

  /** The kernel's: 2 + ln(count) candidates for each centroid. */
  private static final long DEFAULT_RETRIES = -1;

  private KMeansPlusPlus() {}

  /**
   * Centroids of some weights.
   *
   * @param seed the same seed gives the same centroids
   */
  static float[] centroids(float[] weights, int count, long seed) {
    float[] values = distinct(weights);
    if (values.length <= count) {
      // The kernel draws until it has another value, and there would be none.
      float[] centroids = Arrays.copyOf(values, count);
      Arrays.fill(centroids, values.length, count, values[values.length - 1]);
      return centroids;
    }
    try (EagerSession session = EagerSession.create()) {
      Ops tf = Ops.create(session);
      TFloat32 chosen =
          tf.cluster
              .kmeansPlusPlusInitialization(
                  tf.constant(Shape.of(weights.length, 1), DataBuffers.of(weights)),
                  tf.constant((long) count),
                  tf.constant(seed),
                  tf.constant(DEFAULT_RETRIES))
              .asTensor();
      return TensorProtos.toFloats(TensorProtos.of(chosen));
    }
  }

  private static float[] distinct(float[] weights) {
    float[] sorted = weights.clone();
    Arrays.sort(sorted);
    int count = 0;
    for (float weight : sorted) {
      if (count == 0 || weight != sorted[count - 1]) {
        sorted[count++] = weight;
      }
    }
    return Arrays.copyOf(sorted, count);
  }
}
