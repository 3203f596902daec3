package org.tfmot.techniques.quantization.plan;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;

/**
 * The tensors that a graph reads for its softmaxes alone: the scores of attentions, the masks and
 * biases that are added to them, and the sums of these.
 *
 * <p>A softmax gives a value far below the largest of its row the share 0, so nobody can tell how
 * far below it is: a mask of -1e9 puts values there for that. This holds for every tensor whose
 * readers need no more of it, going backwards from a softmax:
 *
 * <ul>
 *   <li>through what moves or chooses values ({@code Reshape}, {@code Transpose}, {@code Select},
 *       {@code Maximum}, ...), as cutting values off below and choosing among them commute,
 *   <li>through products with and quotients by positive constants, which scale the bound,
 *   <li>through sums, whose other term shifts it.
 * </ul>
 *
 * Such a tensor is in this set if all that read it, but for those that look at its shape, are of
 * this kind. {@link ScoreBounds} says where its range ends, {@code OperandCuts} what follows for
 * what it is computed from.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Scores {

  private final GraphEditor graph;
  private final DataFlow flow;

  /** Behind each comes what it flows into. */
  private final Set<TensorRef> tensors = new LinkedHashSet<>();

  private Scores(GraphEditor graph, DataFlow flow) {
    this.graph = graph;
    this.flow = flow;
  }

  /** Finds the scores of a graph, of which a data flow tells who reads what. */
  public static Scores find(GraphEditor graph, DataFlow flow) {
    Scores scores = new Scores(graph, flow);
    Deque<TensorRef> open = new ArrayDeque<>();
    flow.operations().stream()
        .filter(Scores::isSoftmax)
        .forEach(softmax -> open.add(TensorRef.parse(softmax.getInput(0))));
    while (!open.isEmpty()) {
      TensorRef tensor = open.remove();
      if (scores.tensors.contains(tensor) || !scores.isReadForSoftmax(tensor)) {
        continue;
      }
      scores.tensors.add(tensor);
      NodeDef node = graph.node(tensor.node());
      if (tensor.index() == 0 && flow.isOperation(node.getName())) {
        scores.passed(node).stream()
            .map(input -> TensorRef.parse(node.getInput(input)))
            .forEach(open::add);
      }
    }
    return scores;
  }

  /** Returns the tensors; what one flows into comes before it. */
  Set<TensorRef> tensors() {
    return Collections.unmodifiableSet(tensors);
  }

  boolean contains(TensorRef tensor) {
    return tensors.contains(tensor);
  }

  /**
   * Returns the operations that read one of these tensors, but for those that look at its shape.
   */
  public List<NodeDef> readers(TensorRef tensor) {
    return readers(flow, tensor);
  }

  /** Returns what reads the values of a tensor, and not its shape alone. */
  public static List<NodeDef> readers(DataFlow flow, TensorRef tensor) {
    return flow.users(tensor).stream().filter(user -> !Patterns.readsShape(user)).toList();
  }

  public static boolean isSoftmax(NodeDef node) {
    return node.getOp().equals("Softmax") && Patterns.isFloat(node);
  }

  static boolean isSum(NodeDef node) {
    return Patterns.isAddition(node) || node.getOp().equals("AddN");
  }

  private boolean isReadForSoftmax(TensorRef tensor) {
    List<NodeDef> readers = readers(tensor);
    return !readers.isEmpty() && readers.stream().allMatch(reader -> passes(reader, tensor));
  }

  private boolean passes(NodeDef reader, TensorRef tensor) {
    List<Integer> inputs =
        IntStream.range(0, reader.getInputCount())
            .filter(i -> TensorRef.parse(reader.getInput(i)).equals(tensor))
            .boxed()
            .toList();
    if (flow.isConditional(reader)) {
      return false;
    }
    return isSoftmax(reader)
        || (tensors.contains(TensorRef.of(reader.getName()))
            && passed(reader).containsAll(inputs)
            && (inputs.size() == 1 || Merging.isMerging(reader)));
  }

  /** Returns the inputs of an operation whose bound follows from that of its output. */
  private List<Integer> passed(NodeDef node) {
    boolean moves = Patterns.isTransparent(node) && !Patterns.isSplit(node);
    if (moves || Merging.isMerging(node) || node.getOp().equals("BroadcastTo")) {
      return dynamic(node, Patterns.dataInputs(node));
    }
    if (isSum(node) && Patterns.isBinary(node)) {
      return dynamic(node, 0, 1);
    }
    if (node.getOp().equals("Sub")) {
      return dynamic(node, 0);
    }
    int constant = constant(node);
    return constant < 0 ? List.of() : dynamic(node, 1 - constant);
  }

  private List<Integer> dynamic(NodeDef node, int... inputs) {
    return Arrays.stream(inputs).filter(input -> flow.isDynamic(node, input)).boxed().toList();
  }

  /** Returns the operand of a product or quotient that is a positive constant, or -1. */
  int constant(NodeDef node) {
    boolean product = node.getOp().equals("Mul");
    for (int input = product ? 0 : 1; input < 2; input++) {
      if ((product || Patterns.isDivision(node)) && isPositive(graph.input(node, input))) {
        return input;
      }
    }
    return -1;
  }

  private boolean isPositive(NodeDef node) {
    NodeDef constant = node;
    while (PassThrough.isPassThrough(constant)) {
      constant = graph.input(constant, 0);
    }
    if (!Patterns.isFloatConstant(constant)) {
      return false;
    }
    float[] values = TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor());
    return values.length > 0
        && IntStream.range(0, values.length).allMatch(i -> values[i] >= Float.MIN_NORMAL);
  }
}
