package org.tfmot.techniques.clustering;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Initial centroids of one set of weights. */
final class Centroids implements AutoCloseable {

  private static final int DENSITY_GRID = 30;
  private static final float DENSITY_GAP = 0.01f;
  private static final float FIRST_DENSITY = 0.01f;
  private static final long SEED = 9;

  private final CentroidInitialization initialization;
  private @Nullable KMeansPlusPlus kMeans;

  Centroids(CentroidInitialization initialization) {
    this.initialization = initialization;
  }

  @Override
  public void close() {
    if (kMeans != null) {
      kMeans.close();
    }
  }

  /**
   * Centroids of some weights.
   *
   * @param count how many
   */
  float[] of(float[] weights, int count) {
    return of(weights, count, DENSITY_GAP);
  }

  /**
   * Centroids of which one is 0, for weights whose zeros have to stay. The others are shared out to
   * negative and positive weights by their numbers: negative ones, 0, positive ones. All 0 if all
   * weights are.
   *
   * @param count how many, 0 among them; at least 3
   */
  float[] withZero(float[] weights, int count) {
    float[] negative = select(weights, -1);
    float[] positive = select(weights, 1);
    if (negative.length + positive.length == 0) {
      return new float[count];
    }
    int negatives =
        (int)
            Math.rint(
                (count - 1) * ((double) negative.length / (negative.length + positive.length)));
    float[] all = new float[count];
    if (negatives > 0) {
      System.arraycopy(of(negative, negatives, gap(negative)), 0, all, 0, negatives);
    }
    if (negatives < count - 1) {
      int positives = count - 1 - negatives;
      System.arraycopy(of(positive, positives, gap(positive)), 0, all, negatives + 1, positives);
    }
    return all;
  }

  /** So small that the grid over weights of one sign does not reach 0. */
  private static float gap(float[] weights) {
    float least = Math.min(Math.abs(smallest(weights)), Math.abs(smallest(negated(weights))));
    return Math.min(DENSITY_GAP, least / 2);
  }

  private float[] of(float[] weights, int count, float gap) {
    return switch (initialization) {
      case LINEAR -> linear(weights, count);
      case RANDOM -> random(weights, count);
      case DENSITY_BASED -> density(weights, count, gap);
      case KMEANS_PLUS_PLUS -> kMeans().centroids(weights, count);
    };
  }

  /** One for all weights: a session for each would cost more than the choice. */
  private KMeansPlusPlus kMeans() {
    if (kMeans == null) {
      kMeans = new KMeansPlusPlus();
    }
    return kMeans;
  }

  private static float[] linear(float[] weights, int count) {
    return spaced(smallest(weights), -smallest(negated(weights)), count);
  }

  private static float[] random(float[] weights, int count) {
    float low = smallest(weights);
    float high = -smallest(negated(weights));
    Random random = new Random(SEED);
    float[] centroids = new float[count];
    for (int i = 0; i < count; i++) {
      centroids[i] = low + random.nextFloat() * (high - low);
    }
    return centroids;
  }

  /**
   * For each of {@code count} even steps from 0.01 to 1 the first point of a grid over the weights
   * at which more than that share of them is passed.
   */
  private static float[] density(float[] weights, int count, float gap) {
    float[] grid = spaced(smallest(weights) - gap, -smallest(negated(weights)) + gap, DENSITY_GRID);
    float[] shares = new float[DENSITY_GRID];
    for (int i = 0; i < DENSITY_GRID; i++) {
      shares[i] = share(weights, grid[i]);
    }
    float[] steps = spaced(FIRST_DENSITY, 1, count);
    float[] centroids = new float[count];
    for (int i = 0; i < count; i++) {
      int at = 0;
      while (at < DENSITY_GRID - 1 && shares[at] <= steps[i]) {
        at++;
      }
      centroids[i] = grid[at];
    }
    return centroids;
  }

  /** The share of weights that are at most {@code x}: their distribution function. */
  static float share(float[] weights, float x) {
    int count = 0;
    for (float weight : weights) {
      if (weight <= x) {
        count++;
      }
    }
    return (float) count / weights.length;
  }

  private static float[] spaced(float from, float to, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = count == 1 ? from : (float) (from + ((double) to - from) * i / (count - 1));
    }
    return values;
  }

  private static float[] select(float[] weights, int sign) {
    float[] selected = new float[weights.length];
    int count = 0;
    for (float weight : weights) {
      if (Math.signum(weight) == sign) {
        selected[count++] = weight;
      }
    }
    return Arrays.copyOf(selected, count);
  }

  private static float smallest(float[] weights) {
    float smallest = Float.POSITIVE_INFINITY;
    for (float weight : weights) {
      smallest = Math.min(smallest, weight);
    }
    return smallest;
  }

  private static float[] negated(float[] weights) {
    float[] negated = new float[weights.length];
    for (int i = 0; i < weights.length; i++) {
      negated[i] = -weights[i];
    }
    return negated;
  }
}
