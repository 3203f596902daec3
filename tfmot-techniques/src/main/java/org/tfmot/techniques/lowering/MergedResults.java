package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.Merging;

/**
 * Keeps the range of a merging operation at its result. The converter moves the quantizer of a
 * tensor that only a {@code Reshape} or a {@code Transpose} reads behind it; a concatenation or a
 * maximum is then given the range of its first operand, which cuts the other operands off. {@link
 * EqualOperations} has made several equal ones one.
 *
 * <p>An added dimension before it keeps the quantizer where it is.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MergedResults {

  private final GraphEditor graph;

  private MergedResults(GraphEditor graph) {
    this.graph = graph;
  }

  public static GraphDef keep(GraphDef graphDef) {
    MergedResults results = new MergedResults(new GraphEditor(graphDef));
    graphDef.getNodeList().forEach(results::keep);
    return results.graph.build();
  }

  private void keep(NodeDef quantizer) {
    if (!quantizer.getOp().equals("FakeQuantWithMinMaxVars")
        || !Merging.isMerging(graph.input(quantizer, 0))) {
      return;
    }
    List<NodeDef> readers = Readers.of(graph, quantizer.getName());
    if (readers.size() != 1) {
      return;
    }
    NodeDef reader = readers.get(0);
    if (reader.getOp().equals("Reshape")) {
      graph.setInput(reader.getName(), 0, expanded(quantizer, reader.getInput(0)));
    } else if (reader.getOp().equals("Transpose")) {
      transpose(quantizer, reader);
    }
  }

  /** Transposes with one dimension more, which stays the last, and takes it away behind. */
  private void transpose(NodeDef quantizer, NodeDef transpose) {
    NodeDef order = graph.input(transpose, 1);
    if (!order.getOp().equals("Const")) {
      return;
    }
    int[] before = TensorProtos.toInts(order.getAttrOrThrow("value").getTensor());
    int[] after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = before.length;
    String name = graph.uniqueName(transpose.getName() + "/expanded");
    TensorProto longer = TensorProtos.ints(Shape.of(after.length), after);
    graph.add(
        NodeBuilder.op("Transpose", name)
            .inputs(
                expanded(quantizer, transpose.getInput(0)),
                graph.add(NodeBuilder.constant(name + "/order", longer)))
            .attr("T", DataType.DT_FLOAT)
            .attr("Tperm", DataType.DT_INT32)
            .build());
    graph.replace(
        NodeBuilder.op("Squeeze", transpose.getName())
            .inputs(name)
            .attr("T", DataType.DT_FLOAT)
            .attr("squeeze_dims", List.of(-1L))
            .build());
  }

  private String expanded(NodeDef quantizer, String tensor) {
    String name = graph.uniqueName(quantizer.getName() + "/kept");
    String last = graph.add(NodeBuilder.constant(name + "/dimension", TensorProtos.scalar(-1)));
    return graph.add(
        NodeBuilder.op("ExpandDims", name)
            .inputs(tensor, last)
            .attr("T", DataType.DT_FLOAT)
            .attr("Tdim", DataType.DT_INT32)
            .build());
  }
}
