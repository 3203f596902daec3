package org.tfmot.techniques.lowering;

import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Moving;
import org.tfmot.techniques.functions.ScalarFunctions;

/**
 * Puts an activation before the reshape of what it is fused with, and quantizes it there. The plan
 * has one quantizer for all of them; the converter fuses what follows directly. One of 16 bits with
 * a quantizer of its own changes places where it is combined with itself, which {@link
 * ReshapedCombinations} explains.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ReshapedActivations {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

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
    return activations.graph.build();
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
