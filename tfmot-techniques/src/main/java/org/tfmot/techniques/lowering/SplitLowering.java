package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Replaces {@code Split} and {@code SplitV} by a {@code StridedSlice} for each part. The converter
 * quantizes an operation with several outputs at times and at other times leaves it in float, in no
 * order that the graph decides; that with one output it always quantizes.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SplitLowering {

  private final GraphEditor editor;
  private final Graph graph;

  private SplitLowering(GraphEditor editor, Graph graph) {
    this.editor = editor;
    this.graph = graph;
  }

  /** Returns whether an operation splits a float tensor. */
  public static boolean isSplit(NodeDef node) {
    return (node.getOp().equals("Split") || node.getOp().equals("SplitV"))
        && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT;
  }

  /** Lowers every split of float tensors whose parts have sizes that the graph says. */
  public static GraphDef apply(GraphDef graphDef) {
    List<NodeDef> splits = graphDef.getNodeList().stream().filter(SplitLowering::isSplit).toList();
    if (splits.isEmpty()) {
      return graphDef;
    }
    GraphEditor editor = new GraphEditor(graphDef);
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      SplitLowering lowering = new SplitLowering(editor, graph);
      splits.forEach(lowering::lower);
    }
    return editor.build();
  }

  private void lower(NodeDef split) {
    boolean even = split.getOp().equals("Split");
    NodeDef axisNode = editor.input(split, even ? 0 : 2);
    Operation operation = graph.operationOrThrow(split.getName());
    Shape part = operation.output(0).shape();
    if (!axisNode.getOp().equals("Const") || part.isUnknown()) {
      return;
    }
    int given = TensorProtos.toInts(axisNode.getAttrOrThrow("value").getTensor())[0];
    int axis = given < 0 ? given + part.numDimensions() : given;
    int parts = operation.numOutputs();
    for (int i = 0; i < parts; i++) {
      if (operation.output(i).shape().get(axis) == Shape.UNKNOWN_SIZE) {
        return;
      }
    }
    long begin = 0;
    for (int i = 0; i < parts; i++) {
      long end = begin + operation.output(i).shape().get(axis);
      String slice = slice(split, even ? 1 : 0, i, axis, begin, end);
      editor.redirect(new TensorRef(split.getName(), i), TensorRef.of(slice), user -> true);
      begin = end;
    }
  }

  private String slice(NodeDef split, int input, int index, int axis, long begin, long end) {
    String name = editor.uniqueName(split.getName() + "/part" + index);
    int whole = (1 << axis) - 1;
    return editor.add(
        NodeBuilder.op("StridedSlice", name)
            .inputs(
                split.getInput(input),
                constant(name + "/begin", axis, 0, begin),
                constant(name + "/end", axis, 0, end),
                constant(name + "/strides", axis, 1, 1))
            .attr("T", DataType.DT_FLOAT)
            .attr("Index", DataType.DT_INT32)
            .attr("begin_mask", whole)
            .attr("end_mask", whole)
            .build());
  }

  /** A value for the axis, after another one for the dimensions before it. */
  private String constant(String name, int axis, int before, long value) {
    int[] values = new int[axis + 1];
    Arrays.fill(values, before);
    values[axis] = Math.toIntExact(value);
    return editor.add(
        NodeBuilder.constant(
            editor.uniqueName(name), TensorProtos.ints(Shape.of(values.length), values)));
  }
}
