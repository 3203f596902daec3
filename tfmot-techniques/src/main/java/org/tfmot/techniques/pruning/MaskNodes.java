package org.tfmot.techniques.pruning;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightAxes;

/** The nodes that mask one weight: the mask variable, its use, its update and its application. */
final class MaskNodes {

  private static final String SUFFIX = "/pruning_mask";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final Variable weight;
  private final @Nullable WeightAxes axes;
  private final String read;
  private final String mask;
  private final String maskRead;
  private final String masked;
  private @Nullable String score;

  /**
   * Adds the mask and makes every user of the weight read the masked weight.
   *
   * @param axes how they read it, if that is known
   */
  MaskNodes(ModelEditor model, Weight weight, @Nullable WeightAxes axes) {
    this.model = model;
    this.axes = axes;
    this.weight = weight.variable();
    String name = this.weight.name();
    this.read = weight.tensor();
    this.mask = maskVariable(name);
    float[] ones = new float[Math.toIntExact(this.weight.shape().size())];
    Arrays.fill(ones, 1);
    this.maskRead = model.addVariable(mask, TensorProtos.floats(this.weight.shape(), ones), false);
    this.masked =
        model.add(
            "Mul",
            name + "_masked",
            Map.of("T", DataType.DT_FLOAT, Weight.STANDS_FOR, name),
            read,
            maskRead);
    weight.replaceBy(model, masked, user -> false);
  }

  /** The masked weight: its node is named like the weight, unless another one has that name. */
  String masked() {
    return masked;
  }

  /** Returns whether a node is the masked weight of an earlier pruning. */
  static boolean isMasked(GraphEditor graph, NodeDef node) {
    if (!node.getOp().equals("Mul")) {
      return false;
    }
    NodeDef mask = graph.input(node, 1);
    return mask.getOp().equals("ReadVariableOp") && mask.getInput(0).endsWith(SUFFIX);
  }

  /**
   * A weight's value where its mask is 1, and 0 elsewhere.
   *
   * @param variables the model's, by name
   */
  static TensorProto maskedValue(Function<String, Variable> variables, String weight) {
    Variable variable = variables.apply(weight);
    float[] values = TensorProtos.toFloats(variable.value());
    float[] mask = TensorProtos.toFloats(variables.apply(maskVariable(weight)).value());
    for (int i = 0; i < values.length; i++) {
      // A product would turn a pruned negative weight into -0 and a NaN into NaN.
      values[i] = mask[i] == 0 ? 0 : values[i];
    }
    return TensorProtos.floats(variable.shape(), values);
  }

  /** The tensor that an update gives to a mask's variable. */
  static String next(GraphEditor graph, String maskVariable) {
    return graph.consumers(maskVariable).stream()
        .filter(user -> user.getOp().equals("AssignVariableOp"))
        .findFirst()
        .orElseThrow()
        .getInput(1);
  }

  static String maskVariable(String weight) {
    return weight + SUFFIX;
  }

  Shape shape() {
    return weight.shape();
  }

  /**
   * The dimension of the weight that inputs run along.
   *
   * @throws IllegalStateException if it is not known
   */
  int inputDimension() {
    if (axes == null) {
      throw new IllegalStateException("no axes of " + weight);
    }
    return axes.input();
  }

  int size() {
    return Math.toIntExact(weight.shape().size());
  }

  /** Adds to the graph under this mask's name. */
  Scores scores() {
    return scores(mask + "/update");
  }

  /** Adds to the graph under another name. */
  Scores scores(String prefix) {
    return new Scores(model, prefix);
  }

  /** The magnitudes; what is masked already ranks below every weight that stands, also below 0. */
  String score() {
    if (score == null) {
      String name = mask + "/update";
      String abs = node("Abs", name + "/abs", read);
      String magnitude = node("Mul", name + "/magnitude", abs, maskRead);
      String standing = node("Sub", name + "/standing", maskRead, constant(name + "/one", 1f));
      score = node("AddV2", name + "/score", magnitude, standing);
    }
    return score;
  }

  /** The same as a vector. */
  String flatScore() {
    return flat(score());
  }

  String flat(String tensor) {
    return scores().reshape(tensor, -1);
  }

  /** A vector, or a tensor of equal size, in the weight's shape. */
  String shaped(String name, String tensor) {
    return scores(mask + "/update/" + name).reshape(tensor, weight.shape());
  }

  /** The number of weights that stand, as an integer: a sum of floats stops at 2^24. */
  String standing() {
    return scores(mask + "/standing").ones(maskRead);
  }

  /**
   * Adds the mask's update and the weight's in the same run. What a mask has pruned stays pruned: a
   * schedule that starts over on a pruned model changes nothing until it asks for more. Answers
   * with the operation to run.
   *
   * @param best 1 where the weight stays
   */
  String addUpdate(String best) {
    String name = mask + "/update";
    String next = node("Mul", name + "/next", best, maskRead);
    String assignMask = model.addAssignment(mask, next);
    String assignWeight = assignWeight(node("Mul", name + "/weight", read, next));
    return model.add("NoOp", name, Map.of(), "^" + assignMask, "^" + assignWeight);
  }

  /** Adds the operation that masks the weight itself; answers with its name. */
  String addApplication() {
    return assignWeight(node("Mul", mask + "/apply", read, maskRead));
  }

  private String assignWeight(String value) {
    if (weight.kind() == Variable.Kind.RESOURCE) {
      return model.addAssignment(weight.name(), value);
    }
    return model.add("Assign", weight.name() + "_assign", FLOAT, weight.name(), value);
  }

  private String constant(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
