package org.tfmot.techniques.quantization.plan;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Operations with a pole where an operand is 0, such as a logarithm or a division: small values of
 * the operand count as much as large ones. Where a quantized operand has too few steps for its
 * smallest values, what computes it element by element for the pole alone is left in float with the
 * pole: the square, the mean and the epsilon of a variance, the power of a spectrogram.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Poles {

  private static final Set<String> UNARY = Set.of("Inv", "Log", "Reciprocal", "Rsqrt", "Sqrt");

  /** Whose result is exact where the operand is 0. */
  private static final Set<String> EXACT_AT_ZERO = Set.of("DivNoNan", "Sqrt", "Xdivy");

  private static final Set<String> DIVISIONS = Set.of("Div", "DivNoNan", "RealDiv", "Xdivy");

  /** Operations that are cheap to compute in float. */
  private static final Set<String> CHEAP =
      Set.of(
          "Abs",
          "Add",
          "AddN",
          "AddV2",
          "Max",
          "Maximum",
          "Mean",
          "Min",
          "Minimum",
          "Mul",
          "Neg",
          "Relu",
          "Square",
          "SquaredDifference",
          "Sub",
          "Sum");

  /** Below its reciprocal, a value counts as 0. */
  private static final float LARGEST = 1e15f;

  private final ModelEditor model;
  private final DataFlow flow;

  /**
   * The operations of a model.
   *
   * @param model in inference mode, before quantization
   */
  public Poles(ModelEditor model) {
    this.model = model;
    flow = new DataFlow(model);
  }

  /**
   * An operation and the input that must not be 0.
   *
   * @param largest a tensor that is added, the reciprocal of the operand's magnitude
   */
  public record Pole(NodeDef operation, int input, TensorRef largest) {

    public TensorRef operand() {
      return TensorRef.parse(operation.getInput(input));
    }
  }

  /** Finds all poles of what depends on the inputs; adds the reciprocals of their operands. */
  public List<Pole> observe() {
    List<Pole> poles = new ArrayList<>();
    for (NodeDef node : flow.operations()) {
      int input = UNARY.contains(node.getOp()) ? 0 : DIVISIONS.contains(node.getOp()) ? 1 : -1;
      if (input >= 0
          && Patterns.isFloat(node)
          && flow.isDynamic(node, input)
          && !flow.isConditional(node)) {
        poles.add(new Pole(node, input, reciprocal(node, node.getInput(input))));
      }
    }
    return poles;
  }

  /** Adds {@code min(1 / |x|, 1e15)}, which is 0 where x is and the operation bears that. */
  private TensorRef reciprocal(NodeDef operation, String tensor) {
    String name = TensorRef.parse(tensor).node() + "/reciprocal";
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT);
    String magnitude = model.add("Abs", name + "/magnitude", types, tensor);
    String reciprocal =
        EXACT_AT_ZERO.contains(operation.getOp())
            ? model.add("DivNoNan", name, types, one(name), magnitude)
            : model.add("Reciprocal", name, types, magnitude);
    String most = model.addConstant(name + "/most", TensorProtos.scalar(LARGEST));
    return TensorRef.parse(model.add("Minimum", name + "/bounded", types, reciprocal, most));
  }

  private String one(String name) {
    return model.addConstant(name + "/one", TensorProtos.scalar(1f));
  }

  /**
   * Returns the operations that compute the operand of a pole, and nothing else.
   *
   * @param why the reason to leave them in float
   */
  public Map<String, String> operand(Pole pole, String why) {
    Set<String> readers = new HashSet<>(Set.of(pole.operation().getName()));
    Map<String, String> found = new LinkedHashMap<>();
    Deque<TensorRef> open = new ArrayDeque<>(List.of(pole.operand()));
    while (!open.isEmpty()) {
      TensorRef tensor = open.remove();
      NodeDef node = model.graph().node(tensor.node());
      if (!flow.isOperation(node.getName()) || !isReadBy(tensor, readers) || isBias(node)) {
        continue;
      }
      boolean moves = Patterns.isTransparent(node) && !Patterns.isSplit(node);
      if (!moves && !CHEAP.contains(node.getOp())) {
        continue;
      }
      readers.add(node.getName());
      if (!moves) {
        found.put(node.getName(), why);
      }
      for (int input : Patterns.dataInputs(node)) {
        if (flow.isDynamic(node, input)) {
          open.add(TensorRef.parse(node.getInput(input)));
        }
      }
    }
    return found;
  }

  /**
   * Returns whether nothing but some operations reads a tensor; reciprocals of it are not meant.
   */
  private boolean isReadBy(TensorRef tensor, Set<String> readers) {
    List<NodeDef> users = Scores.readers(flow, tensor);
    return !users.isEmpty() && users.stream().allMatch(user -> readers.contains(user.getName()));
  }

  /** Returns whether an addition is part of the operation with weights before it. */
  private boolean isBias(NodeDef node) {
    if (!Patterns.isAddition(node)) {
      return false;
    }
    for (int input : Patterns.dataInputs(node)) {
      NodeDef term = model.graph().input(node, input);
      while (Patterns.isTransparent(term)) {
        term = model.graph().input(term, Patterns.dataInputs(term)[0]);
      }
      if (Patterns.isWeighted(term)) {
        return true;
      }
    }
    return false;
  }
}
