package org.tfmot.techniques.tflite;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Moving;
import org.tfmot.techniques.lowering.FakeQuant;

/**
 * Writes 16-bit sums of computed tensors of two shapes as differences: the converter has no sum of
 * that kind, but a difference. {@code a + b} becomes {@code a - (0 - b)} of the smaller operand
 * {@code b}; a symmetric range is that of the negative, too, so no value is rounded again.
 *
 * <p>A sum with a reshaped tensor counts as one of two shapes where the batch is one example: the
 * converter adds the tensor as it was before a reshape that only adds a dimension of one.
 */
final class Int16Broadcasts {

  private static final Set<String> SUMS = Set.of("Add", "AddV2");
  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private final GraphEditor editor;
  private final Graph graph;

  private Int16Broadcasts(GraphEditor editor, Graph graph) {
    this.editor = editor;
    this.graph = graph;
  }

  /** Rewrites all such sums whose operands are quantized. */
  static GraphDef apply(GraphDef graphDef) {
    GraphEditor editor = new GraphEditor(graphDef);
    List<NodeDef> sums =
        editor.nodes().stream()
            .filter(node -> SUMS.contains(node.getOp()) && isOfComputed(editor, node))
            .toList();
    if (sums.isEmpty()) {
      return graphDef;
    }
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      Int16Broadcasts broadcasts = new Int16Broadcasts(editor, graph);
      sums.forEach(broadcasts::lower);
    }
    return editor.build();
  }

  private static boolean isOfComputed(GraphEditor editor, NodeDef sum) {
    for (int i = 0; i < 2; i++) {
      NodeDef source = Int16Movements.source(editor, sum.getInput(i));
      if (source == null || FakeQuant.constant(editor, source, 0) != null) {
        return false;
      }
    }
    return true;
  }

  private void lower(NodeDef sum) {
    Shape left = shape(sum.getInput(0));
    Shape right = shape(sum.getInput(1));
    if (left.isUnknown() || right.isUnknown()) {
      return;
    }
    int reshaped = isReshaped(sum, 1) ? 1 : isReshaped(sum, 0) ? 0 : -1;
    if (differ(left, right)) {
      subtract(sum, ones(left) > ones(right) ? 0 : 1);
    } else if (reshaped >= 0 && left.numDimensions() > 0 && left.get(0) == 1) {
      subtract(sum, reshaped);
    }
  }

  private boolean isReshaped(NodeDef sum, int input) {
    NodeDef node = editor.input(sum, input);
    while (node.getOp().equals(QUANTIZER) || node.getOp().equals("Identity")) {
      node = editor.input(node, 0);
    }
    return Moving.isReshape(node);
  }

  private Shape shape(String tensor) {
    TensorRef ref = TensorRef.parse(tensor);
    return graph.operationOrThrow(ref.node()).output(ref.index()).shape();
  }

  /** Sizes that are open are taken to be equal, as the converter takes them. */
  private static boolean differ(Shape left, Shape right) {
    if (left.numDimensions() != right.numDimensions()) {
      return true;
    }
    for (int i = 0; i < left.numDimensions(); i++) {
      if (left.get(i) != right.get(i) && left.get(i) >= 0 && right.get(i) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Counts the dimensions that are missing or of one: the more, the smaller. */
  private static long ones(Shape shape) {
    return Arrays.stream(shape.asArray()).filter(size -> size == 1).count() - shape.numDimensions();
  }

  private void subtract(NodeDef sum, int input) {
    NodeDef quantizer = Objects.requireNonNull(Int16Movements.source(editor, sum.getInput(input)));
    String name = sum.getName();
    String zero = add(NodeBuilder.constant(name + "/zero", TensorProtos.scalar(0f)));
    String none =
        add(quantizer.toBuilder().setName(zero + "/fake_quant").setInput(0, zero).build());
    String negative = add(difference(name + "/negative", none, sum.getInput(input)));
    String rounded =
        add(quantizer.toBuilder().setName(negative + "/fake_quant").setInput(0, negative).build());
    editor.replace(difference(name, sum.getInput(1 - input), rounded));
  }

  private String add(NodeDef node) {
    return editor.add(node.toBuilder().setName(editor.uniqueName(node.getName())).build());
  }

  private static NodeDef difference(String name, String left, String right) {
    return NodeBuilder.op("Sub", name).inputs(left, right).attr("T", DataType.DT_FLOAT).build();
  }
}
