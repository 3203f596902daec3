package org.tfmot.api;

import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/**
 * Ends the gradient at random numbers, which nothing changes. TensorFlow for Java looks for their
 * gradient where their shape is that of an activation, as in a variational autoencoder, and has
 * none.
 */
final class RandomNumbers {

  private RandomNumbers() {}

  /** Returns a graph that computes the same and whose gradient does not need that of numbers. */
  static GraphDef stopGradients(GraphDef graphDef) {
    List<NodeDef> random =
        graphDef.getNodeList().stream().filter(RandomOperations::isRandom).toList();
    if (random.isEmpty()) {
      return graphDef;
    }
    GraphEditor graph = new GraphEditor(graphDef);
    for (NodeDef node : random) {
      AttrValue type = node.getAttrMap().get("dtype");
      if (type != null) {
        String name = graph.uniqueName(node.getName() + "/without_gradient");
        graph.add(
            NodeBuilder.op("StopGradient", name).inputs(node.getName()).attr("T", type).build());
        graph.redirect(
            TensorRef.of(node.getName()), TensorRef.of(name), user -> !user.getName().equals(name));
      }
    }
    return graph.build();
  }
}
