package org.tfmot.techniques.weights;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * The layers of a model that a technique can work on, each with its weight, and those that it has
 * to leave alone, with the reason.
 *
 * <p>Known are convolutions and transposed convolutions of two and three dimensions (one dimension
 * is two with a size of 1), products of matrices and of batches of them, {@code Einsum}, and
 * embeddings read by {@code Gather}. Recurrent kernels are matrix products. Depthwise convolutions
 * have few weights, and accuracy hangs on them: a selector alone does not choose them.
 *
 * @param layers the layers; a weight that several read is there several times
 * @param skipped the others that have a weight or may have one, for all that is known of them
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record WeightedLayers(List<Layer> layers, List<Entry> skipped) {

  private static final String DEPTHWISE = "DepthwiseConv2dNative";

  /** Operation type to the inputs that may be a weight. */
  private static final Map<String, List<Integer>> INPUTS =
      Map.ofEntries(
          Map.entry("Conv2D", List.of(1)),
          Map.entry("Conv3D", List.of(1)),
          Map.entry("Conv2DBackpropInput", List.of(1)),
          Map.entry("Conv3DBackpropInputV2", List.of(1)),
          Map.entry(DEPTHWISE, List.of(1)),
          Map.entry("MatMul", List.of(1, 0)),
          Map.entry("BatchMatMul", List.of(1, 0)),
          Map.entry("BatchMatMulV2", List.of(1, 0)),
          Map.entry("BatchMatMulV3", List.of(1, 0)),
          Map.entry("Einsum", List.of(1, 0)),
          Map.entry("Gather", List.of(0)),
          Map.entry("GatherV2", List.of(0)));

  /**
   * A layer.
   *
   * @param node the operation
   * @param weight what it reads
   * @param axes how it reads that; null if that is not known, or others that read the weight do it
   *     in another way
   */
  public record Layer(NodeDef node, Weight weight, @Nullable WeightAxes axes) {

    /**
     * Returns the dimensions of the variable that run over the layer's output channels: the last
     * one, unless the layer is known to be of another kind.
     */
    public List<Integer> channels() {
      int last = weight.variable().shape().numDimensions() - 1;
      if (axes != null) {
        return List.of(axes.output());
      }
      return switch (node.getOp()) {
        case DEPTHWISE -> List.of(last - 1, last);
        // Filters of transposed convolutions have their outputs before their inputs.
        case "Conv2DBackpropInput", "Conv3DBackpropInputV2" -> List.of(last - 1);
        default -> List.of(last);
      };
    }
  }

  /** Copies the lists. */
  public WeightedLayers {
    layers = List.copyOf(layers);
    skipped = List.copyOf(skipped);
  }

  /**
   * Finds the layers between a model's inputs and outputs, in the graph's order.
   *
   * @param technique names the technique in reasons
   * @param depthwise whether depthwise convolutions are asked for
   * @throws IllegalArgumentException if a part of the selector matches nothing
   */
  public static WeightedLayers find(
      GraphModel model,
      ModelEditor editor,
      LayerSelector selector,
      boolean depthwise,
      String technique) {
    selector.requireMatches(model);
    List<Layer> layers = new ArrayList<>();
    List<Entry> skipped = new ArrayList<>();
    Map<String, String> refused = new HashMap<>();
    List<NodeDef> nodes = between(model, editor.graph());
    UnknownWeights unknown = new UnknownWeights(editor, nodes);
    for (NodeDef node : nodes) {
      Layer layer = layer(editor, node);
      boolean silent = PlainOperations.contains(node.getOp()) || isGather(node);
      Variable read = layer == null ? unknown.readBy(node) : null;
      if (layer == null && silent && read == null) {
        continue;
      }
      String reason = reason(node, layer, read, selector, depthwise, technique);
      if (layer == null) {
        skipped.add(new Entry(node.getName(), node.getOp(), String.valueOf(reason)));
        continue;
      }
      layers.add(layer);
      if (reason != null) {
        refused.put(node.getName(), reason);
      }
    }
    WeightedLayers found =
        new WeightedLayers(layers, skipped).without(layer -> refused.get(layer.node.getName()));
    return new WeightedLayers(agreeing(found.layers), inOrder(found.skipped, nodes));
  }

  /**
   * Leaves out layers, and all that share a weight with one of them: what is done to a weight is
   * done to all that read it.
   *
   * @param refusal why a layer is left out; null if it is not
   */
  public WeightedLayers without(Function<Layer, @Nullable String> refusal) {
    Map<String, String> own = new HashMap<>();
    Map<String, String> sharers = new HashMap<>();
    for (Layer layer : layers) {
      String reason = refusal.apply(layer);
      if (reason != null) {
        own.put(layer.node.getName(), reason);
        sharers.putIfAbsent(
            layer.weight.variable().name(),
            "it shares the weight \"%s\" with \"%s\": %s"
                .formatted(layer.weight.variable().name(), layer.node.getName(), reason));
      }
    }
    List<Layer> rest = new ArrayList<>();
    List<Entry> out = new ArrayList<>(skipped);
    for (Layer layer : layers) {
      String shared = sharers.get(layer.weight.variable().name());
      String reason = own.getOrDefault(layer.node.getName(), shared);
      if (reason == null) {
        rest.add(layer);
      } else {
        out.add(new Entry(layer.node.getName(), layer.node.getOp(), reason));
      }
    }
    return new WeightedLayers(rest, out);
  }

  /** The layers, without axes where those that share a weight have different ones. */
  private static List<Layer> agreeing(List<Layer> layers) {
    SetMultimap<String, Optional<WeightAxes>> axes = HashMultimap.create();
    for (Layer layer : layers) {
      axes.put(layer.weight.variable().name(), Optional.ofNullable(layer.axes));
    }
    return layers.stream()
        .map(
            layer ->
                axes.get(layer.weight.variable().name()).size() == 1
                    ? layer
                    : new Layer(layer.node, layer.weight, null))
        .toList();
  }

  private static List<Entry> inOrder(List<Entry> entries, List<NodeDef> nodes) {
    Map<String, Integer> position = new HashMap<>();
    nodes.forEach(node -> position.put(node.getName(), position.size()));
    return entries.stream()
        .sorted(Comparator.comparing(entry -> position.getOrDefault(entry.operation(), 0)))
        .toList();
  }

  /** Returns the layers that are left out because of the type of their weight, a line for each. */
  public String otherTypes() {
    StringBuilder lines = new StringBuilder();
    skipped.stream()
        .filter(entry -> entry.detail().startsWith("its weight"))
        .limit(10)
        .forEach(
            entry ->
                lines.append(
                    "\n  %s (%s): %s".formatted(entry.operation(), entry.type(), entry.detail())));
    return lines.toString();
  }

  /** The operations with a weight that a technique could be applied to, ten at most. */
  public static List<String> names(GraphModel model) {
    return find(model, new ModelEditor(model), LayerSelector.layers(), true, "").layers.stream()
        .map(layer -> layer.node().getName())
        .limit(10)
        .toList();
  }

  /** Most read no weight but choose among values. */
  private static boolean isGather(NodeDef node) {
    return node.getOp().startsWith("Gather");
  }

  private static @Nullable String reason(
      NodeDef node,
      @Nullable Layer layer,
      @Nullable Variable read,
      LayerSelector selector,
      boolean depthwise,
      String technique) {
    if (!selector.selects(node.getName(), node.getOp())) {
      return "not selected";
    }
    if (!INPUTS.containsKey(node.getOp())) {
      return technique + " does not know operations of this type";
    }
    if (node.getOp().equals(DEPTHWISE) && !depthwise) {
      return "a depthwise convolution, which has to be asked for";
    }
    if (layer != null) {
      return null;
    }
    return read != null && read.dtype() != DataType.DT_FLOAT
        ? "its weight \"%s\" is of type %s: only weights of type float32 are changed, such as mixed precision casts to half precision"
            .formatted(read.name(), typeName(read.dtype()))
        : "it reads no trainable variable of type float as its weight";
  }

  private static String typeName(DataType type) {
    return switch (type) {
      case DT_HALF -> "float16 (half precision)";
      case DT_BFLOAT16 -> "bfloat16 (half precision)";
      case DT_DOUBLE -> "float64 (double precision)";
      default -> type.name();
    };
  }

  private static @Nullable Layer layer(ModelEditor editor, NodeDef node) {
    for (int input : INPUTS.getOrDefault(node.getOp(), List.of())) {
      if (input >= node.getInputCount() || TensorRef.parse(node.getInput(input)).isControl()) {
        continue;
      }
      Weight weight = Weight.behind(editor, node.getInput(input));
      if (weight != null && isTable(weight.variable().shape())) {
        return new Layer(node, weight, WeightAxes.of(editor.graph(), node, input, weight));
      }
    }
    return null;
  }

  private static boolean isTable(Shape shape) {
    return shape.numDimensions() >= 2 && shape.size() > 0;
  }

  private static List<NodeDef> between(GraphModel model, GraphEditor graph) {
    List<NodeDef> nodes = graph.nodes();
    Set<String> between = graph.dependents(model.endpoints().fed(graph));
    between.retainAll(
        graph.reachable(
            model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList()));
    nodes.removeIf(node -> !between.contains(node.getName()));
    return nodes;
  }
}
