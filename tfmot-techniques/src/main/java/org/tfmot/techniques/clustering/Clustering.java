package org.tfmot.techniques.clustering;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightGraph;
import org.tfmot.techniques.weights.WeightRewrite;
import org.tfmot.techniques.weights.WeightedLayer;

/**
 * Weight clustering (Han et al., 2016): every weight of a tensor has one of a few values, its
 * nearest centroid. Centroids and weights train together: a centroid takes the gradients of its
 * weights, a weight its own as if it were not clustered, so that it may move to another centroid.
 * The file compresses well, for a byte or less tells a weight.
 *
 * <ul>
 *   <li>What is clustered has at most {@code clusters} distinct values at every step: in the whole
 *       tensor, or with {@link Builder#perChannel} in each output channel of a convolution. Batch
 *       norm folded into a convolution multiplies each channel by a factor of its own: a float file
 *       has that many distinct values per channel. Quantization-aware training on top gives all
 *       channels of such a tensor one range before the factor, so that its integers stay as few.
 *   <li>On a pruned weight, one centroid is 0, and every zero of the mask stays. So it is with
 *       {@link Builder#preserveZeros} for the zeros of a model that comes without its masks.
 *   <li>All state is in the model's variables, and each step of the optimizer trains it: its hook
 *       only watches. {@code strip()} without training leaves the initial centroids.
 *   <li>A gradient of the loss is a derivative for fixed assignments of weights to centroids.
 * </ul>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class Clustering implements Technique {

  private static final int LEAST = 2;
  private static final int LEAST_WITH_ZERO = 3;

  private final int clusters;
  private final CentroidInitialization initialization;
  private final GradientAggregation aggregation;
  private final boolean perChannel;
  private final boolean preserveZeros;
  private final boolean depthwise;
  private final LayerSelector selector;

  private Clustering(int clusters, Builder builder) {
    this.clusters = clusters;
    initialization = builder.initialization;
    aggregation = builder.aggregation;
    perChannel = builder.perChannel;
    preserveZeros = builder.preserveZeros;
    depthwise = builder.depthwise;
    selector = builder.selector;
  }

  /** Starts a configuration; the number of clusters has to be set. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return "weight clustering";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model cannot be trained as it is ({@link
   *     GraphModel#canTrain}), nothing in it can be clustered, a selected weight is clustered
   *     already or is not finite, or zeros have to stay and there are only two clusters
   */
  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    WeightRewrite rewrite = WeightRewrite.begin(this, previous, selector, depthwise);
    Map<String, ClusterLayout> layouts = layouts(rewrite.layers());
    rewrite.without(layer -> refusal(layout(layer.variable(), layouts)));
    if (rewrite.layers().isEmpty()) {
      throw new IllegalArgumentException("nothing to cluster: " + rewrite.reasons());
    }
    List<WeightGraph> weights = rewrite.weights();
    weights.forEach(weight -> requireClusterable(rewrite, weight));
    try (Centroids centroids = new Centroids(initialization)) {
      for (WeightGraph weight : weights) {
        cluster(weight, layout(weight.variable(), layouts), centroids);
      }
    }
    return rewrite.finish();
  }

  private void requireClusterable(WeightRewrite rewrite, WeightGraph weight) {
    String name = weight.variable().name();
    if (rewrite.model().graph().find(ClusterNodes.centroidsOf(name)) != null) {
      throw new IllegalArgumentException(
          ("the weight \"%s\" of \"%s\" is clustered already: cluster it once, with the fewest"
                  + " values, or select other layers")
              .formatted(name, weight.layers().get(0).operation()));
    }
    if (zeros(weight) && clusters < LEAST_WITH_ZERO) {
      throw new IllegalArgumentException(
          "the zeros of \"%s\" stay, which takes a cluster: %d clusters are too few, give it at least %d"
              .formatted(name, clusters, LEAST_WITH_ZERO));
    }
  }

  /** Returns why a weight is not clustered; null if it is. */
  private @Nullable String refusal(ClusterLayout layout) {
    return layout.rowLength() > clusters
        ? null
        : "%d weights%s are no more than %d clusters"
            .formatted(layout.rowLength(), layout.rowCount() == 1 ? "" : " a channel", clusters);
  }

  /** Of each weight; one for the tensor where those that read it have different ones. */
  private Map<String, ClusterLayout> layouts(List<WeightedLayer> layers) {
    Map<String, ClusterLayout> layouts = new HashMap<>();
    for (WeightedLayer layer : layers) {
      layouts.merge(
          layer.variable().name(),
          layout(layer),
          (one, two) ->
              one.equals(two) ? one : ClusterLayout.ofTensor(one.shape(), one.clusters()));
    }
    return layouts;
  }

  private static ClusterLayout layout(Variable weight, Map<String, ClusterLayout> layouts) {
    return Objects.requireNonNull(layouts.get(weight.name()));
  }

  private ClusterLayout layout(WeightedLayer layer) {
    Shape shape = layer.variable().shape();
    boolean channels =
        perChannel
            && layer.type().equals("Conv2D")
            && layer.inputDimension().isPresent()
            && layer.outputDimensions().equals(List.of(shape.numDimensions() - 1));
    return channels
        ? ClusterLayout.ofChannels(shape, clusters)
        : ClusterLayout.ofTensor(shape, clusters);
  }

  private boolean zeros(WeightGraph weight) {
    return preserveZeros || weight.earlier() != null;
  }

  private void cluster(WeightGraph weight, ClusterLayout layout, Centroids centroids) {
    float[] all = TensorProtos.toFloats(weight.value());
    Weight.requireFinite(weight.variable().name(), all);
    boolean zeros = zeros(weight);
    String detail =
        "%d clusters%s on %s%s"
            .formatted(
                clusters,
                layout.rowCount() == 1 ? "" : " a channel",
                weight.variable(),
                zeros ? ", zeros stay" : "");
    new ClusterNodes(weight, layout, zeros)
        .replace(initial(centroids, all, layout, zeros), aggregation, detail);
  }

  private float[] initial(
      Centroids centroids, float[] weights, ClusterLayout layout, boolean zeros) {
    float[] all = new float[layout.rowCount() * clusters];
    for (int row = 0; row < layout.rowCount(); row++) {
      float[] of = layout.row(weights, row);
      float[] initial = zeros ? centroids.withZero(of, clusters) : centroids.of(of, clusters);
      System.arraycopy(initial, 0, all, row * clusters, clusters);
    }
    return all;
  }

  /** Collects a configuration. */
  public static final class Builder {
    private @Nullable Integer clusters;
    private CentroidInitialization initialization = CentroidInitialization.KMEANS_PLUS_PLUS;
    private GradientAggregation aggregation = GradientAggregation.AVG;
    private boolean perChannel;
    private boolean preserveZeros;
    private boolean depthwise;
    private LayerSelector selector = LayerSelector.layers();

    private Builder() {}

    /** The number of distinct values, at least 2; with zeros that stay at least 3. */
    public Builder clusters(int count) {
      clusters = count;
      return this;
    }

    /** Sets the initial centroids; {@link CentroidInitialization#KMEANS_PLUS_PLUS} by default. */
    public Builder initialization(CentroidInitialization value) {
      Arguments.require(value, "value");
      initialization = value;
      return this;
    }

    /**
     * Sets how a centroid combines its weights' gradients; their mean by default: a sum over
     * thousands of weights diverges at a rate that is right for a single one. (The Python toolkit
     * sums by default.)
     */
    public Builder aggregation(GradientAggregation value) {
      Arguments.require(value, "value");
      aggregation = value;
      return this;
    }

    /**
     * Gives each output channel of a convolution of one or two dimensions centroids of its own. The
     * kernels of other layers, and those that are read transposed or by others in another way, have
     * them for the whole tensor.
     */
    public Builder perChannel() {
      perChannel = true;
      return this;
    }

    /**
     * Keeps every weight that is 0 now at 0. On pruned weights this is always so; what is clustered
     * so can be pruned afterwards.
     */
    public Builder preserveZeros() {
      preserveZeros = true;
      return this;
    }

    /** Clusters depthwise convolutions too, as far as they are selected. */
    public Builder depthwise() {
      depthwise = true;
      return this;
    }

    /** Selects the layers whose weights are clustered; all by default. */
    public Builder select(LayerSelector layers) {
      Arguments.require(layers, "layers");
      selector = layers;
      return this;
    }

    /**
     * The technique.
     *
     * @throws IllegalArgumentException if the number of clusters was not set or is too small
     */
    public Clustering build() {
      if (clusters == null) {
        throw new IllegalArgumentException("clustering needs a number of clusters");
      }
      int least = preserveZeros ? LEAST_WITH_ZERO : LEAST;
      if (clusters < least) {
        throw new IllegalArgumentException(
            "the number of clusters must be at least %d%s, not %d"
                .formatted(least, preserveZeros ? " where zeros stay" : "", clusters));
      }
      return new Clustering(clusters, this);
    }
  }
}
