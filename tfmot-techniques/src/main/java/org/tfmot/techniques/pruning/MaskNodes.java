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
import org.tfmot.api.graph.TensorRef;

/** The nodes that mask one weight: the mask variable, its use, its update and its application. */
final class MaskNodes {

  static final String SUFFIX = "/pruning_mask";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final Variable weight;
  private final String read;
  private final String mask;
  private final String maskRead;

  /** Adds the mask and makes every user of the weight read the masked weight. */
  MaskNodes(ModelEditor model, PrunableWeight prunable) {
    this.model = model;
    this.weight = prunable.variable();
    this.read = prunable.reads().get(0);
    this.mask = maskVariable(weight.name());
    float[] ones = new float[Math.toIntExact(weight.shape().size())];
    Arrays.fill(ones, 1);
    this.maskRead = model.addVariable(mask, TensorProtos.floats(weight.shape(), ones), false);
    String masked = model.add("Mul", maskedTensor(weight.name()), FLOAT, read, maskRead);
    // A VariableV2 may be read directly; its assignments must keep the reference.
    model.redirect(
        TensorRef.of(weight.name()),
        TensorRef.of(masked),
        user -> Pruning.PRUNABLE.contains(user.getOp()));
    for (String alias : prunable.reads()) {
      if (!alias.equals(weight.name())) {
        model.redirect(
            TensorRef.of(alias), TensorRef.of(masked), user -> !user.getName().equals(masked));
      }
    }
  }

  /** Whether a node is the masked weight that an earlier pruning made. */
  static boolean isMasked(GraphEditor graph, NodeDef node) {
    return graph.input(node, 1).getName().contains(SUFFIX);
  }

  static String maskVariable(String weight) {
    return weight + SUFFIX;
  }

  static String maskedTensor(String weight) {
    return weight + "_masked";
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
    String kept = node("Sub", name + "/kept", one, sparsity);
    String size = constant(name + "/size", (float) weight.shape().size());
    String rounded = node("Round", name + "/rounded", node("Mul", name + "/count", size, kept));
    String atLeastOne = node("Maximum", name + "/at_least", rounded, constant(name + "/min", 1f));
    String k =
        model.add(
            "Cast",
            name + "/k",
            Map.of("SrcT", DataType.DT_FLOAT, "DstT", DataType.DT_INT32),
            atLeastOne);
    String top = model.add("TopKV2", name + "/top", Map.of("T", DataType.DT_FLOAT), flat, k);
    String best = reshape(name + "/best", scatterOnes(name, top, k), weight.shape());
    String next = node("Mul", name + "/next", best, maskRead);
    String assignMask = model.addAssignment(mask, next);
    String assignWeight = assignWeight(node("Mul", name + "/weight", read, next));
    return model.add("NoOp", name, Map.of(), "^" + assignMask, "^" + assignWeight);
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

  private String constant(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
