package org.tfmot.techniques.tflite;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.ConditionalOperations;
import org.tfmot.techniques.functions.ScalarFunctions;

/**
 * Keeps in float what a technique left in float. The converter quantizes whatever stands between
 * quantized tensors; it fails where its form of the operation has no integers, and elsewhere the
 * file would compute otherwise than the report says. So the operands of such an operation go
 * through one that the converter has in float only, the barrier, which is taken out of the file.
 */
final class FloatBarriers {

  private static final String BARRIER = "Cos";
  private static final String BARRIER_IN_FILE = "COS";
  private static final String SUFFIX = "/in_float";

  /** Read the shape of their input alone: the converter makes constants of those it knows. */
  private static final Set<String> SHAPES =
      Set.of("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike");

  private FloatBarriers() {}

  /**
   * Adds barriers around the operations that a technique marked, between the inputs and them. What
   * the inputs do not change gets none: the converter would fold the cosine into the constant.
   *
   * <p>Nor does a branch get barriers inside: the converter quantizes nothing there.
   *
   * <p>What only passes a value on to the model's outputs reads it without a barrier, which would
   * be named after the output.
   *
   * @param inputs the tensors that are given
   */
  static GraphDef add(GraphDef graphDef, Collection<String> inputs) {
    List<NodeDef> marked =
        graphDef.getNodeList().stream()
            .filter(node -> node.containsAttr(ScalarFunctions.FLOAT))
            .toList();
    if (marked.isEmpty()) {
      return graphDef;
    }
    GraphEditor editor = new GraphEditor(graphDef);
    // Values, not only shapes.
    Set<String> dynamic = editor.changedBy(inputs, node -> SHAPES.contains(node.getOp()));
    Set<String> conditional = ConditionalOperations.in(editor);
    try (Graph types = new Graph()) {
      TensorFlowErrors.importInto(types, graphDef);
      for (NodeDef node : marked) {
        if (dynamic.contains(node.getName())) {
          add(editor, types, node, dynamic, conditional);
        }
      }
    }
    return editor.build();
  }

  private static void add(
      GraphEditor editor, Graph types, NodeDef node, Set<String> dynamic, Set<String> conditional) {
    for (int i = 0; i < node.getInputCount(); i++) {
      TensorRef tensor = TensorRef.parse(node.getInput(i));
      NodeDef producer = editor.node(tensor.node());
      if (!tensor.isControl()
          && dynamic.contains(tensor.node())
          && !conditional.contains(tensor.node())
          && !producer.containsAttr(ScalarFunctions.FLOAT)
          && isFloat(types, tensor)) {
        editor.setInput(node.getName(), i, barrier(editor, node, tensor));
      }
    }
    if (conditional.contains(node.getName())) {
      return;
    }
    int outputs = types.operationOrThrow(node.getName()).numOutputs();
    for (int i = 0; i < outputs; i++) {
      // A range may also come from behind.
      TensorRef tensor = new TensorRef(node.getName(), i);
      Set<String> behind = new HashSet<>();
      for (NodeDef user : editor.consumers(tensor)) {
        if (!onlyPassesOn(editor, user)) {
          behind.add(user.getName());
        }
      }
      if (isFloat(types, tensor) && !behind.isEmpty()) {
        String name = barrier(editor, node, tensor);
        Predicate<NodeDef> computing = user -> behind.contains(user.getName());
        editor.redirect(tensor, TensorRef.of(name), computing);
      }
    }
  }

  /** Returns whether nothing computes with what a node passes on. */
  private static boolean onlyPassesOn(GraphEditor editor, NodeDef node) {
    Deque<NodeDef> open = new ArrayDeque<>(List.of(node));
    while (!open.isEmpty()) {
      NodeDef next = open.pop();
      if (!PassThrough.isPassThrough(next)) {
        return false;
      }
      open.addAll(editor.consumers(next.getName()));
    }
    return true;
  }

  private static String barrier(GraphEditor editor, NodeDef node, TensorRef tensor) {
    return editor.add(
        NodeBuilder.op(BARRIER, editor.uniqueName(node.getName() + SUFFIX))
            .inputs(tensor.toString())
            .attr("T", DataType.DT_FLOAT)
            // Else a barrier before a quantizer is taken for a function and becomes a table.
            .attr(ScalarFunctions.FLOAT, true)
            .build());
  }

  private static boolean isFloat(Graph types, TensorRef tensor) {
    Operation operation = types.operation(tensor.node());
    return operation != null && operation.output(tensor.index()).dataType() == DataType.DT_FLOAT;
  }

  /**
   * Takes the barriers out of a file.
   *
   * @param origin the graph before barriers were added
   * @throws TfLiteConversionException if one is left, which would compute a cosine
   */
  static TfLiteModel remove(TfLiteModel model, GraphDef origin) {
    List<Integer> barriers = new ArrayList<>();
    for (int i = 0; i < model.operators().size(); i++) {
      TfLiteOperator operator = model.operators().get(i);
      String name = model.tensors().get(operator.outputs().get(0)).name();
      if (operator.name().equals(BARRIER_IN_FILE) && name.contains(SUFFIX)) {
        barriers.add(i);
      }
    }
    TfLiteModel without = EndpointTypeRewriting.bypass(model, barriers);
    boolean added =
        origin.getNodeList().stream().anyMatch(node -> node.containsAttr(ScalarFunctions.FLOAT));
    if (added) {
      requireOwn(without, origin);
    }
    return without;
  }

  private static void requireOwn(TfLiteModel model, GraphDef origin) {
    List<String> left =
        model.subgraphs().stream()
            .flatMap(
                graph ->
                    graph.operators().stream()
                        .filter(operator -> operator.name().equals(BARRIER_IN_FILE))
                        .map(operator -> graph.tensors().get(operator.outputs().get(0)).name()))
            .toList();
    long own =
        Stream.concat(
                origin.getNodeList().stream(),
                origin.getLibrary().getFunctionList().stream()
                    .flatMap(function -> function.getNodeDefList().stream()))
            .filter(node -> node.getOp().equals(BARRIER))
            .count();
    if (left.size() > own) {
      throw new TfLiteConversionException(
          "the converter renamed an operation that keeps others in float: of the cosines %s the"
                  .formatted(left)
              + " graph has %d".formatted(own));
    }
  }
}
