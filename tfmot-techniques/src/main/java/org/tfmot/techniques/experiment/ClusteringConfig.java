package org.tfmot.techniques.experiment;

import static org.tfmot.techniques.experiment.Keys.require;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.techniques.clustering.CentroidInitialization;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.clustering.GradientAggregation;

/**
 * The section {@code task.clustering}. Official Models has none; the keys are the arguments of the
 * Python toolkit's {@code cluster_weights}.
 *
 * @param pretrainedOriginalCheckpoint see {@link TechniqueConfig#pretrainedOriginalCheckpoint}
 * @param numberOfClusters the number of distinct values, at least 2, with zeros that stay 3
 * @param clusterCentroidsInit a {@link CentroidInitialization}
 * @param centroidAggregation a {@link GradientAggregation}
 * @param preserveSparsity whether zeros stay zeros; those of pruning always do
 * @param clusterPerChannel whether each output channel of a convolution has its own values
 * @param excludedLayers layers that are not clustered
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record ClusteringConfig(
    @Nullable String pretrainedOriginalCheckpoint,
    int numberOfClusters,
    String clusterCentroidsInit,
    String centroidAggregation,
    boolean preserveSparsity,
    boolean clusterPerChannel,
    @Nullable List<String> excludedLayers)
    implements TechniqueConfig {

  /** The default values: 16 clusters per tensor, from k-means++. */
  public ClusteringConfig() {
    this(
        null,
        16,
        CentroidInitialization.KMEANS_PLUS_PLUS.name(),
        GradientAggregation.AVG.name(),
        false,
        false,
        null);
  }

  @Override
  public String section() {
    return "clustering";
  }

  @Override
  public int order() {
    return 200;
  }

  @Override
  public Technique create() {
    int least = preserveSparsity ? 3 : 2;
    require(
        numberOfClusters >= least,
        "number_of_clusters",
        "must be at least %d%s, not %d",
        least,
        preserveSparsity ? " where zeros stay" : "",
        numberOfClusters);
    Clustering.Builder builder =
        Clustering.builder()
            .clusters(numberOfClusters)
            .initialization(
                Keys.constant(
                    "cluster_centroids_init",
                    clusterCentroidsInit,
                    CentroidInitialization.values()))
            .aggregation(
                Keys.constant(
                    "centroid_aggregation", centroidAggregation, GradientAggregation.values()))
            .select(Keys.layersExcept(excludedLayers));
    if (preserveSparsity) {
      builder.preserveZeros();
    }
    if (clusterPerChannel) {
      builder.perChannel();
    }
    return builder.build();
  }
}
