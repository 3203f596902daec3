package org.tfmot.techniques.pruning;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.WeightGraph;

/** The nodes that mask one weight: the mask variable, its use, its update and its application. */
final class MaskNodes {

  private static final String SUFFIX = "pruning_mask";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final WeightGraph weight;
  private final String read;
  private final String mask;
  private final String maskRead;
  private final String importance;
  private final @Nullable String movement;
  private @Nullable String score;

  /** Adds the mask and makes every user of the weight read the masked weight. */
  MaskNodes(WeightGraph weight, ImportanceScore scores) {
    this.weight = weight;
    // What stands in keeps zeros and reads the masked weight from now on.
    weight.beneathEarlier();
    this.read = weight.tensor();
    this.mask = maskVariable(weight.variable().name());
    float[] ones = new float[size()];
    Arrays.fill(ones, 1);
    this.maskRead = weight.variable(SUFFIX, TensorProtos.floats(shape(), ones), false);
    ScoreGraph graph = new ScoreGraph(weight);
    this.importance = finite(scores, scores.add(graph));
    this.movement = graph.close();
    String masked =
        weight
            .model()
            .add("Mul", weight.variable().name() + "_masked", FLOAT, read, differentiable());
    weight.replace(masked, "mask on " + weight.variable());
  }

  /** Magnitudes are finite if weights are, which is seen where training goes wrong. */
  private String finite(ImportanceScore scores, String tensor) {
    return scores == KnownScore.MAGNITUDE
        ? tensor
        : weight.add(
            "CheckNumerics",
            SUFFIX + "/update/finite",
            Map.of(
                "T",
                DataType.DT_FLOAT,
                "message",
                "the importance of the weight \"" + weight.variable().name() + "\""),
            tensor);
  }

  /** The mask, whose gradient reaches the scores that are trained (straight through). */
  private String differentiable() {
    if (movement == null) {
      return maskRead;
    }
    String still = node("StopGradient", mask + "/still", movement);
    // Exactly 0, and yet it has the mask's gradient.
    String through = node("Sub", mask + "/through", movement, still);
    return node("AddV2", mask + "/differentiable", maskRead, through);
  }

  /** Returns whether the scores come of training. */
  boolean isTrained() {
    return movement != null;
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
    return weight + "/" + SUFFIX;
  }

  /** The mask's own variable. */
  String variable() {
    return mask;
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
    return weight
        .inputDimension()
        .orElseThrow(() -> new IllegalStateException("no axes of " + weight.variable()));
  }

  int size() {
    return Math.toIntExact(shape().size());
  }

  /** Adds to the graph under this mask's name. */
  Scores scores() {
    return scores(mask + "/update");
  }

  /** Adds to the graph under another name. */
  Scores scores(String prefix) {
    return new Scores(weight.model(), prefix);
  }

  /** The scores; what is masked already ranks below every weight that stands. */
  String score() {
    if (score == null) {
      score = scores().ofStanding(importance, maskRead);
    }
    return score;
  }

  /** See {@link MaskGraph#largest}. */
  String largest(String tensor, List<Integer> dimensions, String sparsity) {
    int[] sizes = new int[shape().numDimensions()];
    int count = 1;
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = dimensions.contains(i) ? Math.toIntExact(shape().get(i)) : 1;
      count *= sizes[i];
    }
    Scores scores = scores();
    String kept = scores.count(count, sparsity, 1);
    return scores.reshape(scores.largest(flat(tensor), count, kept), sizes);
  }

  WeightGraph weight() {
    return weight;
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
    String assignMask = weight.assign(SUFFIX, next);
    String assignWeight = weight.assignWeight(node("Mul", name + "/weight", read, next));
    return weight.model().add("NoOp", name, Map.of(), "^" + assignMask, "^" + assignWeight);
  }

  /** Adds the operation that masks the weight itself; returns its name. */
  String addApplication() {
    return weight.assignWeight(node("Mul", mask + "/apply", read, maskRead));
  }

  private String node(String op, String name, String... inputs) {
    return weight.model().add(op, name, FLOAT, inputs);
  }
}
