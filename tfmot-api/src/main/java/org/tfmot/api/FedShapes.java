package org.tfmot.api;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NodeBuilder;

/**
 * Shapes of what is fed to inputs of unknown rank. Whether the operations behind them take such a
 * shape TensorFlow tells when the graph says the shape; some kernels end the process if they do
 * not.
 */
final class FedShapes {

  private final GraphDef graph;
  private final Set<Map<String, Shape>> verified = new HashSet<>();

  FedShapes(GraphDef graph) {
    this.graph = graph;
  }

  /**
   * Verifies shapes by the names of the placeholders that they are fed to.
   *
   * @throws IllegalArgumentException if an operation does not take them
   */
  void verify(Map<String, Shape> shapes) {
    if (shapes.isEmpty() || verified.contains(shapes)) {
      return;
    }
    GraphDef.Builder shaped = graph.toBuilder();
    for (NodeDef.Builder node : shaped.getNodeBuilderList()) {
      Shape shape = shapes.get(node.getName());
      if (shape != null && node.getOp().startsWith("Placeholder")) {
        AttrValue value =
            NodeBuilder.op(node.getOp(), node.getName())
                .attr("shape", shape)
                .build()
                .getAttrOrThrow("shape");
        node.putAttr("shape", value);
      }
    }
    try (Graph scratch = new Graph()) {
      // TensorFlow passes over faults of shapes in graphs of versions before its first ones.
      shaped.setVersions(scratch.toGraphDef().getVersions());
      scratch.importGraphDef(shaped.build());
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the model does not take tensors of the shapes %s: %s".formatted(shapes, e.getMessage()),
          e);
    }
    verified.add(Map.copyOf(shapes));
  }
}
