package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.PassThrough;

/**
 * Leaves out of a graph what only looks at values: checks, prints, copies for a debugger become
 * identities, and nobody waits for assertions any more. A placeholder with a default that is no
 * input of the model is its default.
 */
final class ObserverRemoval {

  /** Have no output but their end. */
  private static final Set<String> ENDS = Set.of("Assert", "PrintV2");

  private ObserverRemoval() {}

  /** Returns whether {@link #remove} would change a graph. */
  static boolean isNeeded(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .anyMatch(
            node ->
                ENDS.contains(node.getOp())
                    || (PassThrough.isObserver(node) && !isInput(model.endpoints(), node)));
  }

  private static boolean isInput(Endpoints endpoints, NodeDef node) {
    return endpoints.inputs().containsValue(node.getName() + ":0");
  }

  static void remove(GraphEditor graph, Endpoints endpoints) {
    for (NodeDef node : graph.nodes()) {
      if (ENDS.contains(node.getOp())) {
        release(graph, node);
      } else if (PassThrough.isObserver(node) && !isInput(endpoints, node)) {
        graph.replace(identity(node));
      }
    }
  }

  private static void release(GraphEditor graph, NodeDef end) {
    String order = "^" + end.getName();
    for (NodeDef user : graph.consumers(end.getName())) {
      List<String> inputs = new ArrayList<>(user.getInputList());
      inputs.removeIf(order::equals);
      graph.replace(user.toBuilder().clearInput().addAllInput(inputs).build());
    }
  }

  private static NodeDef identity(NodeDef node) {
    AttrValue type = node.getAttrOrThrow(node.containsAttr("T") ? "T" : "dtype");
    NodeBuilder identity =
        NodeBuilder.op("Identity", node.getName()).inputs(node.getInput(0)).attr("T", type);
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(identity::inputs);
    return identity.build();
  }
}
