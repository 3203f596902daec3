package org.tfmot.techniques.lowering;

import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Moving;
import org.tfmot.techniques.functions.ScalarFunctions;

/**
 * Puts an activation before the reshape of what it is fused with, and quantizes it there. The plan
 * has one quantizer for all of them; the converter fuses what follows directly. One of 16 bits with
 * a quantizer of its own changes places where it is combined with itself, which {@link
 * ReshapedCombinations} explains. So does a bias that is added behind a {@code Squeeze}, as a
 * one-dimensional convolution has it.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ReshapedActivations {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

  /** Computed of each channel alone, of any number of dimensions before it. */
  private static final Set<String> CHANNELWISE =
      Set.of(QUANTIZER, "Relu", "Relu6", "BiasAdd", "Add", "AddV2");

  private final GraphEditor graph;

  private ReshapedActivations(GraphEditor graph) {
    this.graph = graph;
  }

  /** Swaps all activations and reshapes between which nothing is quantized. */
  public static GraphDef swap(GraphDef graphDef) {
    ReshapedActivations activations = new ReshapedActivations(new GraphEditor(graphDef));
    for (NodeDef node : graphDef.getNodeList()) {
      if (ACTIVATIONS.contains(node.getOp())) {
        activations.swap(node);
      }
    }
    List<NodeDef> biased =
        activations.graph.nodes().stream().filter(activations::isBiasedAndCombined).toList();
    if (!biased.isEmpty()) {
      try (Graph shapes = new Graph()) {
        TensorFlowErrors.importInto(shapes, activations.graph.build());
        biased.forEach(node -> activations.squeezeLast(node, shapes));
      }
    }
    return activations.graph.build();
  }

  private boolean isBiasedAndCombined(NodeDef quantizer) {
    return quantizer.getOp().equals(QUANTIZER)
        && squeezed(quantizer).size() > 1
        && isCombinedWithItself(quantizer);
  }

  /**
   * Returns a quantizer and what it reads one by one, back to a {@code Squeeze}, which is the last;
   * nothing if there is none.
   */
  private List<NodeDef> squeezed(NodeDef quantizer) {
    List<NodeDef> chain = new ArrayList<>(List.of(quantizer));
    NodeDef node = graph.input(quantizer, 0);
    while (graph.consumers(node.getName()).size() == 1
        && (CHANNELWISE.contains(node.getOp()) || node.getOp().equals("Squeeze"))) {
      chain.add(node);
      if (node.getOp().equals("Squeeze")) {
        return chain;
      }
      node = graph.input(node, 0);
    }
    return List.of();
  }

  private void squeezeLast(NodeDef quantizer, Graph shapes) {
    List<NodeDef> chain = squeezed(quantizer);
    NodeDef squeeze = chain.get(chain.size() - 1);
    List<NodeDef> channelwise = chain.subList(0, chain.size() - 1);
    Shape shape = shape(shapes, squeeze.getInput(0));
    if (channelwise.stream().anyMatch(node -> isSum(node) && !addsVector(node, shapes))
        || shape.isUnknown()
        || !keepsLast(squeeze, shape.numDimensions())) {
      return;
    }
    String before = squeeze.getInput(0);
    for (NodeDef node : Lists.reverse(channelwise)) {
      String name = graph.uniqueName(node.getName() + "/before_squeeze");
      graph.add(node.toBuilder().setName(name).setInput(0, before).build());
      before = name;
    }
    // It may be an output of the model.
    graph.replace(squeeze.toBuilder().setName(quantizer.getName()).setInput(0, before).build());
  }

  private static boolean isSum(NodeDef node) {
    return node.getOp().startsWith("Add");
  }

  private static boolean addsVector(NodeDef sum, Graph shapes) {
    return shape(shapes, sum.getInput(1)).numDimensions() == 1;
  }

  private static boolean keepsLast(NodeDef squeeze, int dimensions) {
    List<Long> axes = squeeze.getAttrOrThrow("squeeze_dims").getList().getIList();
    return !axes.isEmpty() && !axes.contains(-1L) && !axes.contains(dimensions - 1L);
  }

  private static Shape shape(Graph shapes, String tensor) {
    TensorRef of = TensorRef.parse(tensor);
    return shapes.operationOrThrow(of.node()).output(of.index()).shape();
  }

  private void swap(NodeDef activation) {
    NodeDef reshape = graph.input(activation, 0);
    List<NodeDef> users = graph.consumers(activation.getName());
    if (!Moving.isReshape(reshape)
        || graph.consumers(reshape.getName()).size() != 1
        || graph.consumers(TensorRef.parse(reshape.getInput(0))).size() != 1
        || activation.containsAttr(ScalarFunctions.FLOAT)
        || users.size() != 1
        || !users.get(0).getOp().equals(QUANTIZER)
        || (graph.input(reshape, 0).getOp().equals(QUANTIZER)
            && !isCombinedWithItself(users.get(0)))) {
      return;
    }
    String first = graph.uniqueName(activation.getName() + "/flat");
    graph.add(activation.toBuilder().setName(first).setInput(0, reshape.getInput(0)).build());
    String rounded = graph.uniqueName(first + "/fake_quant");
    graph.add(users.get(0).toBuilder().setName(rounded).setInput(0, first).build());
    // What is combined is to be seen as reshaped, and is on the grid already.
    String last =
        isCombinedWithItself(users.get(0)) ? users.get(0).getName() : activation.getName();
    graph.replace(reshape.toBuilder().setName(last).setInput(0, rounded).build());
  }

  private boolean isCombinedWithItself(NodeDef quantizer) {
    return FlatProducts.isCombinedWithItself(graph, TensorRef.of(quantizer.getName()));
  }
}
