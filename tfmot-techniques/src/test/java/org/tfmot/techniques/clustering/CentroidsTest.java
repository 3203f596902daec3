package org.tfmot.techniques.clustering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.clustering.CentroidInitialization.DENSITY_BASED;
import static org.tfmot.techniques.clustering.CentroidInitialization.KMEANS_PLUS_PLUS;
import static org.tfmot.techniques.clustering.CentroidInitialization.LINEAR;
import static org.tfmot.techniques.clustering.CentroidInitialization.RANDOM;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;

/** Initial centroids against the Python toolkit's vectors. */
class CentroidsTest {

  private static final float[] BENT = {0, 1, 2, 3, 3.1f, 3.2f, 3.3f, 3.4f, 3.5f};
  private static final float[] TEN = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  private static final float[] ELEVEN = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  private static final float[] SIGNED = {
    -3, -2, -1, 0, 1.1f, 2.2f, 3.3f, 4.4f, 5.5f, 6.6f, 7.7f, 8.8f, 9
  };
  private static final Shape KERNEL = Shape.of(2, 2, 1, 2);
  private static final float[] CHANNELS = {0, 1, 2, 3, 4, 5, 6, 7};

  private static float[] of(CentroidInitialization how, float[] weights, int count) {
    try (Centroids centroids = new Centroids(how)) {
      return centroids.of(weights, count);
    }
  }

  private static float[] withZero(CentroidInitialization how, float[] weights, int count) {
    try (Centroids centroids = new Centroids(how)) {
      return centroids.withZero(weights, count);
    }
  }

  private static void assertNear(float[] expected, float... centroids) {
    assertArrayEquals(expected, centroids, 1e-5f);
  }

  @Test
  @DisplayName("vector 30: linear")
  void linear_isEvenlySpaced() {
    assertNear(of(LINEAR, ELEVEN, 5), 0, 2.5f, 5, 7.5f, 10);
    assertNear(of(LINEAR, SIGNED, 6), -3, -.6f, 1.8f, 4.2f, 6.6f, 9);
  }

  @Test
  @DisplayName("vector 31: linear, zeros stay")
  void linear_withZero() {
    assertNear(withZero(LINEAR, SIGNED, 6), -3, 0, 1.1f, 3.7333333f, 6.366666f, 9);
    assertNear(withZero(LINEAR, ELEVEN, 5), 0, 1, 4, 7, 10);
  }

  @Test
  @DisplayName("vector 32: density based")
  void density_isTheGridPointBehindEachShare() {
    assertNear(of(DENSITY_BASED, BENT, 5), .11137931f, 2.0534482f, 3.145862f, 3.3886206f, 3.51f);
    assertNear(of(DENSITY_BASED, BENT, 3), .11137931f, 3.145862f, 3.51f);
    assertNear(of(DENSITY_BASED, TEN, 3), .3010345f, 5.2775865f, 9.01f);
  }

  @Test
  @DisplayName("vector 34: k-means++")
  void kMeansPlusPlus_choosesTheSamePoints() {
    assertNear(of(KMEANS_PLUS_PLUS, BENT, 5), 3.1f, 0, 2, 1, 3.4f);
    assertNear(of(KMEANS_PLUS_PLUS, BENT, 3), 3.1f, 0, 2);
    assertNear(of(KMEANS_PLUS_PLUS, TEN, 3), 6, 1, 8);
  }

  @Test
  void kMeansPlusPlus_ofValuesThatFloatCannotTellApart_takesSomeOfThem() {
    float[] near = new float[40];
    float[] tiny = new float[40];
    for (int i = 0; i < near.length; i++) {
      near[i] = 1 + i * 0x1p-23f;
      tiny[i] = (i + 1) * 1e-30f;
    }
    float[] dead = tiny.clone();
    dead[0] = 1;
    dead[1] = 0.5f;
    for (float[] weights : new float[][] {near, tiny, dead}) {
      float[] centroids = of(KMEANS_PLUS_PLUS, weights, 8);
      assertEquals(8, Arrays.stream(toDoubles(centroids)).distinct().count());
      for (float centroid : centroids) {
        assertTrue(Arrays.stream(toDoubles(weights)).anyMatch(w -> w == centroid), "" + centroid);
      }
    }
  }

  private static double[] toDoubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  @Test
  @DisplayName("vector 36: per channel")
  void perChannel_eachHasItsOwn() {
    ClusterLayout layout = ClusterLayout.ofChannels(KERNEL, 2);
    assertNear(of(KMEANS_PLUS_PLUS, layout.row(CHANNELS, 0), 2), 4, 0);
    assertNear(of(KMEANS_PLUS_PLUS, layout.row(CHANNELS, 1), 2), 5, 1);
    assertNear(of(DENSITY_BASED, layout.row(CHANNELS, 0), 2), .197586f, 6.01f);
    assertNear(of(DENSITY_BASED, layout.row(CHANNELS, 1), 2), 1.197586f, 7.01f);
    assertNear(of(LINEAR, layout.row(CHANNELS, 0), 2), 0, 6);
    assertNear(of(LINEAR, layout.row(CHANNELS, 1), 2), 1, 7);
    // The vector's channels are first: its rows.
    assertNear(of(KMEANS_PLUS_PLUS, new float[] {0, 1, 4, 5}, 2), 4, 0);
    assertNear(of(KMEANS_PLUS_PLUS, new float[] {2, 3, 6, 7}, 2), 6, 2);
  }

  @Test
  @DisplayName("vector 37: distribution function")
  void share_isTheDistributionFunction() {
    float[] four = {1, 2, 6, 7};
    float[] nine = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    assertEquals(.5f, Centroids.share(four, 4));
    assertEquals(.25f, Centroids.share(four, 1));
    assertEquals(1f / 3, Centroids.share(nine, 3), 1e-7f);
    assertEquals(1, Centroids.share(nine, 99));
    assertEquals(0, Centroids.share(nine, -20));
  }

  @Test
  void random_isBetweenTheWeights_andTheSameAgain() {
    float[] first = of(RANDOM, SIGNED, 8);
    for (float centroid : first) {
      assertTrue(centroid >= -3 && centroid <= 9, "centroid " + centroid);
    }
    assertArrayEquals(first, of(RANDOM, SIGNED, 8));
  }

  @ParameterizedTest
  @EnumSource(CentroidInitialization.class)
  void withZero_hasAZero_negativesBeforeIt_positivesBehind(CentroidInitialization how) {
    float[] centroids = withZero(how, SIGNED, 5);
    // Of 12 weights 3 are negative: 4 * 3 / 12 is one centroid.
    assertEquals(0f, centroids[1]);
    assertTrue(centroids[0] < 0, "first " + centroids[0]);
    for (int i = 2; i < 5; i++) {
      assertTrue(centroids[i] > 0, i + ": " + centroids[i]);
    }
  }

  @ParameterizedTest
  @EnumSource(CentroidInitialization.class)
  void withZero_ofZeros_isZeros(CentroidInitialization how) {
    assertArrayEquals(new float[4], withZero(how, new float[9], 4));
  }

  @ParameterizedTest
  @EnumSource(CentroidInitialization.class)
  void withZero_ofOneSign_isZeroAndThatSign(CentroidInitialization how) {
    float[] negative = withZero(how, new float[] {-1, -2, 0, -3, -4}, 3);
    assertEquals(0f, negative[2]);
    assertTrue(negative[0] < 0 && negative[1] < 0, negative[0] + ", " + negative[1]);
  }

  @Test
  void kMeansPlusPlus_ofFewerValuesThanCentroids_hasAllOfThem() {
    assertNear(of(KMEANS_PLUS_PLUS, new float[] {2, 1, 2, 1, 2, 1, 1, 1}, 4), 1, 2, 2, 2);
    assertNear(of(KMEANS_PLUS_PLUS, new float[] {7, 7, 7, 7}, 3), 7, 7, 7);
  }
}
