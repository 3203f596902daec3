package org.tfmot.techniques.pruning;

import java.util.Arrays;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.Weight;

/** The nodes that mask one weight: the mask variable, its use, its update and its application. */
final class MaskNodes {

  static final String SUFFIX = "/pruning_mask";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final Variable weight;
  private final String read;
  private final String mask;
  private final String maskRead;
  private final String masked;

  /** Adds the mask and makes every user of the weight read the masked weight. */
  MaskNodes(ModelEditor model, Weight weight) {
    this.model = model;
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

  /** Whether a node is the masked weight that an earlier pruning made. */
  static boolean isMasked(GraphEditor graph, NodeDef node) {
    if (!node.getOp().equals("Mul")) {
      return false;
    }
    NodeDef mask = graph.input(node, 1);
    return mask.getOp().equals("ReadVariableOp") && mask.getInput(0).endsWith(SUFFIX);
  }

  static String maskVariable(String weight) {
    return weight + SUFFIX;
  }

  /**
   * Adds the mask's update: exactly {@code max(round(size * (1 - sparsity)), 1)} of the weights
   * with the largest magnitude stay, ties broken in favour of the lower index. The weight is masked
   * in the same run. What a mask has pruned stays pruned: a schedule that starts over on a pruned
   * model changes nothing until it asks for more. Answers with the operation to run.
   */
  String addUpdate(String sparsity) {
    String name = mask + "/update";
    String one = constant(name + "/one", 1f);
    String magnitude = node("Mul", name + "/magnitude", node("Abs", name + "/abs", read), maskRead);
    // What is masked already ranks below every weight that stands, also below one that is 0.
    String standing = node("Sub", name + "/standing", maskRead, one);
    String score = node("AddV2", name + "/score", magnitude, standing);
    String flat = reshape(name + "/flat", score, -1);
    String k = addCount(name, one, sparsity);
    String top = model.add("TopKV2", name + "/top", Map.of("T", DataType.DT_FLOAT), flat, k);
    String best = reshape(name + "/best", scatterOnes(name, top, k), weight.shape());
    String next = node("Mul", name + "/next", best, maskRead);
    String assignMask = model.addAssignment(mask, next);
    String assignWeight = assignWeight(node("Mul", name + "/weight", read, next));
    return model.add("NoOp", name, Map.of(), "^" + assignMask, "^" + assignWeight);
  }

  /**
   * Adds the tensor that tells whether the mask keeps no more weights than a sparsity leaves.
   * Counted as integers: a sum of floats stops at 2^24.
   */
  String addFinished(String sparsity) {
    String name = mask + "/finished";
    String k = addCount(name, constant(name + "/one", 1f), sparsity);
    String flat = cast(name + "/cast", reshape(name + "/flat", maskRead, -1));
    String standing =
        model.add(
            "Sum",
            name + "/standing",
            Map.of("T", DataType.DT_INT32, "Tidx", DataType.DT_INT32),
            flat,
            model.addConstant(name + "/axis", TensorProtos.scalar(0)));
    return model.add("LessEqual", name, Map.of("T", DataType.DT_INT32), standing, k);
  }

  /** The number of weights that a sparsity leaves: {@code max(round(size * (1 - sparsity)), 1)}. */
  private String addCount(String name, String one, String sparsity) {
    String kept = node("Sub", name + "/kept", one, sparsity);
    String size = constant(name + "/size", (float) weight.shape().size());
    String rounded = node("Round", name + "/rounded", node("Mul", name + "/count", size, kept));
    return cast(
        name + "/k", node("Maximum", name + "/at_least", rounded, constant(name + "/min", 1f)));
  }

  /** Adds the operation that masks the weight itself; answers with its name. */
  String addApplication() {
    return assignWeight(node("Mul", mask + "/apply", read, maskRead));
  }

  private String scatterOnes(String name, String top, String k) {
    String index =
        model.add(
            "ExpandDims",
            name + "/index",
            Map.of("T", DataType.DT_INT32, "Tdim", DataType.DT_INT32),
            top + ":1",
            model.addConstant(name + "/axis", TensorProtos.scalar(1)));
    String count = reshape(name + "/k_vector", k, DataType.DT_INT32, 1);
    String ones =
        model.add(
            "Fill",
            name + "/ones",
            Map.of("T", DataType.DT_FLOAT, "index_type", DataType.DT_INT32),
            count,
            constant(name + "/fill", 1f));
    String shape =
        model.addConstant(
            name + "/flat_size",
            TensorProtos.ints(Shape.of(1), Math.toIntExact(weight.shape().size())));
    return model.add(
        "ScatterNd",
        name + "/scatter",
        Map.of("T", DataType.DT_FLOAT, "Tindices", DataType.DT_INT32),
        index,
        ones,
        shape);
  }

  private String assignWeight(String value) {
    if (weight.kind() == Variable.Kind.RESOURCE) {
      return model.addAssignment(weight.name(), value);
    }
    return model.add("Assign", weight.name() + "_assign", FLOAT, weight.name(), value);
  }

  private String reshape(String name, String tensor, Shape shape) {
    int[] sizes = Arrays.stream(shape.asArray()).mapToInt(Math::toIntExact).toArray();
    return reshape(name, tensor, DataType.DT_FLOAT, sizes);
  }

  private String reshape(String name, String tensor, int size) {
    return reshape(name, tensor, DataType.DT_FLOAT, size);
  }

  private String reshape(String name, String tensor, DataType type, int... sizes) {
    String shape =
        model.addConstant(name + "/shape", TensorProtos.ints(Shape.of(sizes.length), sizes));
    return model.add(
        "Reshape", name, Map.of("T", type, "Tshape", DataType.DT_INT32), tensor, shape);
  }

  private String cast(String name, String tensor) {
    return model.add(
        "Cast", name, Map.of("SrcT", DataType.DT_FLOAT, "DstT", DataType.DT_INT32), tensor);
  }

  private String constant(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
