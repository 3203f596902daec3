package org.tfmot.techniques.clustering;

import org.apiguardian.api.API;

/** Where centroids start. */
@API(status = API.Status.EXPERIMENTAL)
public enum CentroidInitialization {
  /** Evenly from the smallest weight to the largest. */
  LINEAR,
  /** Uniformly at random between the smallest weight and the largest; the same at every call. */
  RANDOM,
  /** Where the weights are dense: at even steps of their distribution function. */
  DENSITY_BASED,
  /** k-means++ (Arthur and Vassilvitskii, 2007), TensorFlow's kernel; the same at every call. */
  KMEANS_PLUS_PLUS
}
