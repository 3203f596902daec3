package org.tfmot.techniques.clustering;

import org.apiguardian.api.API;

/** Initial values of centroids. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public enum CentroidInitialization {
  /** Evenly from the smallest weight to the largest. */
  LINEAR,
  /** Uniformly at random between the smallest weight and the largest; the same at every call. */
  RANDOM,
  /** At even steps of the weights' distribution function, so that dense regions get more. */
  DENSITY_BASED,
  /** k-means++ (Arthur and Vassilvitskii, 2007), TensorFlow's kernel; the same at every call. */
  KMEANS_PLUS_PLUS
}
