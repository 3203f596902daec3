package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.Moving;

/**
 * Squares, doubles or otherwise combines a tensor with itself before it is reshaped. The converter
 * moves the reshape behind the combination, but forgets the range of the result, and fails: it is
 * given the operations in this order.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ReshapedCombinations {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Set<String> COMBINING =
      Set.of("Add", "AddV2", "Mul", "SquaredDifference", "Sub");

  private final GraphEditor graph;
  private final Set<String> outputs;

  private ReshapedCombinations(GraphEditor graph, Set<String> outputs) {
    this.graph = graph;
    this.outputs = outputs;
  }

  /**
   * Orders all combinations of a graph.
   *
   * @param outputs the tensors that the model gives
   */
  public static GraphDef order(GraphDef graphDef, Collection<String> outputs) {
    ReshapedCombinations combinations =
        new ReshapedCombinations(new GraphEditor(graphDef), Readers.operations(outputs));
    Deque<NodeDef> open = new ArrayDeque<>(graphDef.getNodeList());
    while (!open.isEmpty()) {
      NodeDef node = open.pop();
      if (isCombining(node)) {
        open.addAll(combinations.reorder(node.getName()));
      }
    }
    return combinations.graph.build();
  }

  /** Returns whether the converter moves a reshape of both operands behind an operation. */
  static boolean isCombining(NodeDef node) {
    return COMBINING.contains(node.getOp());
  }

  /** Combines before what is combined is reshaped; returns what may be combined so next. */
  private List<NodeDef> reorder(String name) {
    NodeDef combination = graph.node(name);
    liftReshape(combination);
    combination = graph.node(name);
    NodeDef reshape = operand(combination, 0);
    NodeDef other = operand(combination, 1);
    List<NodeDef> readers = graph.consumers(name);
    if (!Moving.isReshape(reshape)
        || !isOneTensor(reshape, other)
        || readers.size() != 1
        || !readers.get(0).getOp().equals(QUANTIZER)) {
      return List.of();
    }
    String source = reshape.getInput(0);
    NodeDef quantizer = readers.get(0);
    String flat = graph.uniqueName(name + "/flat");
    NodeDef first =
        combination.toBuilder().setName(flat).setInput(0, source).setInput(1, source).build();
    graph.add(first);
    String quantized = graph.uniqueName(flat + "/fake_quant");
    graph.add(quantizer.toBuilder().setName(quantized).setInput(0, flat).build());
    // It may be an output of the model.
    graph.replace(reshape.toBuilder().setName(quantizer.getName()).setInput(0, quantized).build());
    List<NodeDef> next = new ArrayList<>(graph.consumers(quantizer.getName()));
    next.add(first);
    return next;
  }

  /** Returns whether two reshapes are one, or of equal shapes of one tensor. */
  private boolean isOneTensor(NodeDef reshape, NodeDef other) {
    if (reshape.getName().equals(other.getName())) {
      return true;
    }
    return reshape.getOp().equals("Reshape")
        && other.getOp().equals("Reshape")
        && haveOneShape(reshape, other)
        && reshaped(reshape).equals(reshaped(other));
  }

  /** Reshapes behind the quantizer, not before it, what is combined with itself. */
  private void liftReshape(NodeDef combination) {
    NodeDef quantizer = operand(combination, 0);
    if (!quantizer.getOp().equals(QUANTIZER)
        || !quantizer.getName().equals(operand(combination, 1).getName())) {
      return;
    }
    NodeDef reshape = operand(quantizer, 0);
    if (!Moving.isReshape(reshape) || Readers.of(graph, reshape.getName(), outputs).size() != 1) {
      return;
    }
    String first = graph.uniqueName(reshape.getName() + "/flat");
    graph.add(quantizer.toBuilder().setName(first).setInput(0, reshape.getInput(0)).build());
    graph.replace(reshape.toBuilder().setName(quantizer.getName()).setInput(0, first).build());
  }

  private NodeDef operand(NodeDef node, int input) {
    NodeDef operand = graph.input(node, input);
    while (operand.getOp().equals("Identity")) {
      operand = graph.input(operand, 0);
    }
    return operand;
  }

  /** Returns the tensor before a sequence of Reshapes. */
  private String reshaped(NodeDef reshape) {
    NodeDef first = reshape;
    while (operand(first, 0).getOp().equals("Reshape")) {
      first = operand(first, 0);
    }
    return first.getInput(0);
  }

  private boolean haveOneShape(NodeDef one, NodeDef two) {
    NodeDef shape = FakeQuant.constant(graph, one, 1);
    NodeDef other = FakeQuant.constant(graph, two, 1);
    return one.getInput(1).equals(two.getInput(1))
        || (shape != null
            && other != null
            && Arrays.equals(
                TensorProtos.toInts(shape.getAttrOrThrow("value").getTensor()),
                TensorProtos.toInts(other.getAttrOrThrow("value").getTensor())));
  }
}
