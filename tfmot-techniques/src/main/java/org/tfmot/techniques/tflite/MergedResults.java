package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Keeps the range of a merging operation at its result. The converter moves the quantizer of a
 * tensor that only a {@code Reshape} reads behind the reshape; a concatenation or a maximum is then
 * given the range of its first operand, which cuts the other operands off.
 *
 * <p>An added dimension before the reshape keeps the quantizer where it is.
 */
final class MergedResults {

  /** Operations with one range for operands and result. */
  private static final Set<String> MERGING =
      Set.of("ConcatV2", "Maximum", "Minimum", "Pack", "PadV2", "Select", "SelectV2");

  /** Operations before which the converter moves the quantizer of a result to its operands. */
  private static final Set<String> MOVING = Set.of("ExpandDims", "Reshape", "Squeeze", "Transpose");

  private final GraphEditor graph;

  private MergedResults(GraphEditor graph) {
    this.graph = graph;
  }

  static GraphDef keep(GraphDef graphDef) {
    MergedResults results = new MergedResults(new GraphEditor(graphDef));
    graphDef.getNodeList().forEach(results::keep);
    return results.graph.build();
  }

  private void keep(NodeDef quantizer) {
    if (!quantizer.getOp().equals("FakeQuantWithMinMaxVars")
        || !MERGING.contains(graph.input(quantizer, 0).getOp())) {
      return;
    }
    NodeDef user = onlyUser(quantizer);
    while (user != null && user.getOp().equals("Identity")) {
      user = onlyUser(user);
    }
    if (user != null && MOVING.contains(user.getOp())) {
      String name = graph.uniqueName(quantizer.getName() + "/kept");
      String last = graph.add(NodeBuilder.constant(name + "/dimension", TensorProtos.scalar(-1)));
      graph.add(
          NodeBuilder.op("ExpandDims", name)
              .inputs(user.getInput(0), last)
              .attr("T", DataType.DT_FLOAT)
              .attr("Tdim", DataType.DT_INT32)
              .build());
      graph.setInput(user.getName(), 0, name);
    }
  }

  private @Nullable NodeDef onlyUser(NodeDef node) {
    List<NodeDef> users = graph.consumers(node.getName());
    return users.size() == 1 ? users.get(0) : null;
  }
}
