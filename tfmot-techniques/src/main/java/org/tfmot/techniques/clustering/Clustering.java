package org.tfmot.techniques.clustering;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightAxes;
import org.tfmot.techniques.weights.WeightedLayers;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

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
    GraphModel model = previous.model();
    model.requireCanTrain(name());
    ModelEditor editor = new ModelEditor(model);
    WeightedLayers found =
        WeightedLayers.find(model, editor, selector, depthwise, "weight clustering");
    Map<String, ClusterLayout> layouts = layouts(found.layers());
    found = found.without(layer -> refusal(layout(layer, layouts)));
    List<Entry> applied = new ArrayList<>();
    Map<String, Chosen> chosen = new LinkedHashMap<>();
    for (Layer layer : found.layers()) {
      choose(layer, layout(layer, layouts), chosen, applied);
    }
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          ("nothing to cluster: no selected layer has more than %d trainable weights; layers with"
                  + " weights are %s%s")
              .formatted(clusters, WeightedLayers.names(model), found.otherTypes()));
    }
    Map<String, String> clustered = cluster(editor, model, chosen.values());
    GraphModel changed = editor.build();
    return previous.with(
        changed,
        List.of(new UntakenTraining(values(changed))),
        new OptimizationReport(name(), applied, found.skipped()),
        trained -> strip(trained, clustered));
  }

  /** A weight to cluster, and how it is cut into rows. */
  private record Chosen(Weight weight, ClusterLayout layout) {}

  private void choose(
      Layer layer, ClusterLayout layout, Map<String, Chosen> chosen, List<Entry> applied) {
    NodeDef node = layer.node();
    Variable variable = layer.weight().variable();
    NodeDef standIn = layer.weight().standIn();
    if (standIn != null && standIn.containsAttr(Weight.LEVELS)) {
      throw new IllegalArgumentException(
          ("the weight \"%s\" of \"%s\" is clustered already: cluster it once, with the fewest"
                  + " values, or select other layers")
              .formatted(variable.name(), node.getName()));
    }
    if (zeros(layer.weight()) && clusters < LEAST_WITH_ZERO) {
      throw new IllegalArgumentException(
          "the zeros of \"%s\" stay, which takes a cluster: %d clusters are too few, give it at least %d"
              .formatted(variable.name(), clusters, LEAST_WITH_ZERO));
    }
    chosen.put(variable.name(), new Chosen(layer.weight(), layout));
    applied.add(
        new Entry(
            node.getName(),
            node.getOp(),
            "%d clusters%s on %s%s"
                .formatted(
                    clusters,
                    layout.rowCount() == 1 ? "" : " a channel",
                    variable,
                    zeros(layer.weight()) ? ", zeros stay" : "")));
  }

  /** Returns why a weight is not clustered; null if it is. */
  private @Nullable String refusal(ClusterLayout layout) {
    return layout.rowLength() > clusters
        ? null
        : "%d weights%s are no more than %d clusters"
            .formatted(layout.rowLength(), layout.rowCount() == 1 ? "" : " a channel", clusters);
  }

  /** Of each weight; one for the tensor where those that read it have different ones. */
  private Map<String, ClusterLayout> layouts(List<Layer> layers) {
    Map<String, ClusterLayout> layouts = new HashMap<>();
    for (Layer layer : layers) {
      layouts.merge(
          layer.weight().variable().name(),
          layout(layer),
          (one, two) ->
              one.equals(two) ? one : ClusterLayout.ofTensor(one.shape(), one.clusters()));
    }
    return layouts;
  }

  private static ClusterLayout layout(Layer layer, Map<String, ClusterLayout> layouts) {
    return Objects.requireNonNull(layouts.get(layer.weight().variable().name()));
  }

  private ClusterLayout layout(Layer layer) {
    Shape shape = layer.weight().variable().shape();
    WeightAxes axes = layer.axes();
    boolean channels =
        perChannel
            && layer.node().getOp().equals("Conv2D")
            && axes != null
            && axes.output() == shape.numDimensions() - 1;
    return channels
        ? ClusterLayout.ofChannels(shape, clusters)
        : ClusterLayout.ofTensor(shape, clusters);
  }

  private boolean zeros(Weight weight) {
    return preserveZeros || weight.standIn() != null;
  }

  /** Adds the nodes; answers with the clustered weights' nodes by variable. */
  private Map<String, String> cluster(
      ModelEditor editor, GraphModel model, Collection<Chosen> chosen) {
    // What layers read in a variable's stead has to be computed, which takes a session.
    Map<String, TensorProto> values =
        StaticTensors.evaluate(
            model,
            chosen.stream()
                .map(Chosen::weight)
                .filter(weight -> weight.standIn() != null)
                .map(Weight::tensor)
                .toList());
    Map<String, String> clustered = new LinkedHashMap<>();
    try (Centroids centroids = new Centroids(initialization)) {
      for (Chosen each : chosen) {
        Weight weight = each.weight();
        ClusterLayout layout = each.layout();
        String name = weight.variable().name();
        TensorProto value = values.getOrDefault(weight.tensor(), weight.variable().value());
        float[] all = TensorProtos.toFloats(value);
        Weight.requireFinite(name, all);
        float[] initial = initial(centroids, all, layout, zeros(weight));
        ClusterNodes nodes = new ClusterNodes(editor, weight, layout, zeros(weight));
        clustered.put(name, nodes.add(initial, aggregation));
      }
    }
    return clustered;
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

  private static Map<String, TensorProto> values(GraphModel model) {
    return model.variables().values().stream()
        .collect(Collectors.toMap(Variable::name, Variable::value));
  }

  /** Gives the weights their clustered values and takes the centroids out. */
  private static GraphModel strip(GraphModel trained, Map<String, String> clustered) {
    ModelEditor editor = new ModelEditor(trained);
    // The others are gone: a technique on top has made them constants already.
    Map<String, String> left = new LinkedHashMap<>(clustered);
    left.values().removeIf(node -> editor.graph().find(node) == null);
    Map<String, TensorProto> values = StaticTensors.evaluate(trained, left.values());
    left.forEach(
        (variable, node) -> {
          editor.setValue(variable, valueOf(values, node));
          editor.redirect(TensorRef.of(node), TensorRef.parse(source(editor, node)), user -> true);
        });
    return editor.build();
  }

  private static TensorProto valueOf(Map<String, TensorProto> values, String node) {
    @Nullable TensorProto value = values.get(node);
    if (value == null) {
      throw new IllegalStateException("\"" + node + "\" was not evaluated");
    }
    return value;
  }

  /**
   * Returns the clustered tensor: the first input of the difference that passes gradients through.
   */
  private static String source(ModelEditor editor, String clustered) {
    NodeDef sum = editor.graph().input(editor.graph().node(clustered), 0);
    return editor.graph().input(sum, 1).getInput(0);
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
