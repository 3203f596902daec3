package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.functions.Moving;

/**
 * Keeps the range of moved values where the converter would give them another one. It brings the
 * operand of a merging operation to that operation's range for all readers, and leaves those of an
 * average's operand in float: the quantizer is repeated behind what moves the operand. And it
 * squares or doubles a reshaped tensor before it reshapes it, but forgets the range of the result,
 * and fails: it is given this order.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MovedRanges {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final String POOLING = "AvgPool";

  private final GraphEditor graph;
  private final Set<String> outputs;

  private MovedRanges(GraphEditor graph, Set<String> outputs) {
    this.graph = graph;
    this.outputs = outputs;
  }

  /**
   * Repeats the quantizers of a graph where they would be lost.
   *
   * @param outputs the tensors that the model gives, which count as read
   */
  public static GraphDef repeat(GraphDef graphDef, Collection<String> outputs) {
    Set<String> operations =
        outputs.stream()
            .map(output -> TensorRef.parse(output).node())
            .collect(Collectors.toUnmodifiableSet());
    MovedRanges ranges = new MovedRanges(new GraphEditor(graphDef), operations);
    Deque<NodeDef> open = new ArrayDeque<>(graphDef.getNodeList());
    while (!open.isEmpty()) {
      NodeDef node = open.pop();
      if (FlatProducts.isCombining(node)) {
        open.addAll(ranges.reorder(node.getName()));
      }
    }
    graphDef.getNodeList().stream()
        .map(node -> ranges.graph.node(node.getName()))
        .filter(Moving::isMoving)
        .forEach(ranges::repeat);
    return ranges.graph.build();
  }

  private void repeat(NodeDef moving) {
    List<NodeDef> readers = Readers.of(graph, moving.getName(), outputs);
    boolean needed = readers.size() > 1 && readers.stream().anyMatch(this::endsInOneRange);
    NodeDef quantizer = needed ? quantizer(moving) : null;
    if (quantizer != null) {
      String name = graph.uniqueName(moving.getName() + "/fake_quant");
      graph.add(quantizer.toBuilder().setName(name).setInput(0, moving.getName()).build());
      graph.redirect(
          TensorRef.of(moving.getName()),
          TensorRef.of(name),
          reader -> !reader.getName().equals(name));
    }
  }

  /** Returns whether the converter has one range from an operation on, which merges or pools. */
  private boolean endsInOneRange(NodeDef reader) {
    NodeDef node = reader;
    while (Moving.isMoving(node) && !outputs.contains(node.getName())) {
      List<NodeDef> readers = Readers.of(graph, node.getName(), outputs);
      if (readers.size() != 1) {
        return false;
      }
      node = readers.get(0);
    }
    return Merging.isMerging(node) || node.getOp().equals(POOLING);
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
        && Readers.moveAlike(graph, reshape, other)
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

  /** Returns the quantizer of what is moved, or null if it has none or all is constant. */
  private @Nullable NodeDef quantizer(NodeDef moving) {
    NodeDef source = moving;
    boolean looksUp = false;
    while (Moving.isMoving(source)) {
      looksUp |=
          source.getOp().startsWith("Gather") && FakeQuant.constant(graph, source, 1) == null;
      source = graph.input(source, Moving.operand(source));
    }
    boolean quantized = source.getOp().equals(QUANTIZER);
    boolean constant = quantized && FakeQuant.constant(graph, source, 0) != null;
    return quantized && (looksUp || !constant) ? source : null;
  }
}
