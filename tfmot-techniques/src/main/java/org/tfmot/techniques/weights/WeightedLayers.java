package org.tfmot.techniques.weights;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
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
@API(status = API.Status.INTERNAL)
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
   */
  public record Layer(NodeDef node, Weight weight) {}

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
   */
  public static WeightedLayers find(
      GraphModel model,
      ModelEditor editor,
      LayerSelector selector,
      boolean depthwise,
      String technique) {
    List<Layer> layers = new ArrayList<>();
    List<Entry> skipped = new ArrayList<>();
    List<NodeDef> nodes = between(model, editor.graph());
    UnknownWeights unknown = new UnknownWeights(editor, nodes);
    for (NodeDef node : nodes) {
      List<Integer> inputs = INPUTS.get(node.getOp());
      Weight weight = inputs == null ? null : weight(editor, node, inputs);
      boolean silent = PlainOperations.contains(node.getOp()) || isGather(node);
      if (weight == null && silent && !unknown.isReadBy(node)) {
        continue;
      }
      String reason = reason(node, weight, selector, depthwise, technique);
      if (weight != null && reason == null) {
        layers.add(new Layer(node, weight));
      } else {
        skipped.add(new Entry(node.getName(), node.getOp(), String.valueOf(reason)));
      }
    }
    return new WeightedLayers(layers, skipped);
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
      @Nullable Weight weight,
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
    return weight == null ? "it reads no trainable variable of type float as its weight" : null;
  }

  private static @Nullable Weight weight(ModelEditor editor, NodeDef node, List<Integer> inputs) {
    for (int input : inputs) {
      Weight weight = Weight.behind(editor, node.getInput(input));
      if (weight != null && weight.variable().shape().numDimensions() >= 2) {
        return weight;
      }
    }
    return null;
  }

  private static List<NodeDef> between(GraphModel model, GraphEditor graph) {
    Set<String> sources = new LinkedHashSet<>();
    model.inputs().values().forEach(tensor -> sources.add(TensorRef.parse(tensor).node()));
    List<NodeDef> nodes = graph.nodes();
    nodes.stream()
        .filter(node -> node.getOp().startsWith("Placeholder"))
        .forEach(node -> sources.add(node.getName()));
    Set<String> between = graph.dependents(sources);
    between.retainAll(
        graph.reachable(
            model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList()));
    nodes.removeIf(node -> !between.contains(node.getName()));
    return nodes;
  }
}
