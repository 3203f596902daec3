package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Writes the 8-bit softmax of an attention as {@code exp(x - max - log(sum(exp(x - max))))}, each
 * step in 8 bits. XNNPACK has no integer softmax, and the runtime's own takes as long as a third of
 * an encoder; its maximum, its tables for {@code exp} and {@code log}, and XNNPACK's differences
 * and products take a third of that. The error is the same: that of the result's step of 1/256.
 *
 * <p>A sum {@code z} between 1 and {@code n} needs a relative precision that one 8-bit scale does
 * not have. Its logarithm is therefore the sum of {@code clip(log(z / 5^c), 0, log 5)} over {@code
 * c = 0, 1, ...}, where each {@code z / 5^c} is one column of the product that adds up: a matrix of
 * {@code 1, 1/5, 1/25, 1/125}, which are 125, 25, 5 and 1 steps of its scale.
 *
 * <p>Only softmaxes that products read are written so: the probabilities of a classifier keep the
 * runtime's own.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class AttentionSoftmax {

  /** Below e to this power, a share is less than half a step of 1/256. */
  private static final float LOWEST = -6.3f;

  private static final int BASE = 5;

  /** Rows shorter than this are not worth the operations, longer ones have no exact matrix. */
  private static final long SHORTEST = 32;

  private static final long LONGEST = 625;

  /** Smallest range of an operand that XNNPACK's difference takes, in multiples of the result's. */
  private static final float SMALLEST_RATIO = 1 / 512f;

  private static final float LARGEST_RATIO = 128;

  private static final int BITS = 8;
  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;

  private AttentionSoftmax(ModelEditor model) {
    this.model = model;
  }

  /**
   * Lowers the softmaxes of a quantized model.
   *
   * @param folded the model before it was quantized, whose shapes are known
   */
  public static void lower(ModelEditor model, GraphDef folded) {
    AttentionSoftmax lowering = new AttentionSoftmax(model);
    List<NodeDef> found = model.graph().nodes().stream().filter(lowering::fits).toList();
    if (found.isEmpty()) {
      return;
    }
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, folded);
      for (NodeDef softmax : found) {
        Shape shape = graph.operationOrThrow(softmax.getName()).output(0).shape();
        int rank = shape.isUnknown() ? 0 : shape.numDimensions();
        long size = rank < 2 ? Shape.UNKNOWN_SIZE : shape.get(rank - 1);
        if (size >= SHORTEST && size <= LONGEST) {
          lowering.lower(softmax, rank, (int) size);
        }
      }
    }
  }

  private boolean fits(NodeDef node) {
    if (!node.getOp().equals("Softmax") || model.outputs().containsValue(node.getName() + ":0")) {
      return false;
    }
    List<NodeDef> users = model.graph().consumers(TensorRef.of(node.getName()));
    return users.size() == 1
        && isQuantizer(users.get(0))
        && isReadByProducts(users.get(0))
        && hasUsualRange(quantizer(node.getInput(0)));
  }

  private static boolean isQuantizer(NodeDef node) {
    return node.getOp().equals("FakeQuantWithMinMaxVars")
        && node.getAttrOrThrow("num_bits").getI() == BITS;
  }

  private boolean isReadByProducts(NodeDef quantizer) {
    TensorRef tensor = TensorRef.of(quantizer.getName());
    if (model.outputs().containsValue(tensor.qualified())) {
      return false;
    }
    List<NodeDef> open = new ArrayList<>(model.graph().consumers(tensor));
    for (int i = 0; i < open.size(); i++) {
      NodeDef user = open.get(i);
      if (user.getOp().equals("Identity") || Patterns.RESHAPING.contains(user.getOp())) {
        open.addAll(model.graph().consumers(TensorRef.of(user.getName())));
      } else if (!Patterns.isProduct(user)) {
        return false;
      }
    }
    return !open.isEmpty();
  }

  /** The quantizer whose values a tensor has, or null. */
  private @Nullable NodeDef quantizer(String tensor) {
    NodeDef node = model.graph().producer(tensor);
    while (Patterns.isTransparent(node)) {
      node = model.graph().input(node, Patterns.dataInputs(node)[0]);
    }
    return isQuantizer(node) ? node : null;
  }

  private boolean hasUsualRange(@Nullable NodeDef quantizer) {
    if (quantizer == null) {
      return false;
    }
    NodeDef min = model.graph().input(quantizer, 1);
    NodeDef max = model.graph().input(quantizer, 2);
    if (!min.getOp().equals("Const") || !max.getOp().equals("Const")) {
      return false;
    }
    float ratio = (number(max) - number(min)) / -LOWEST;
    return ratio >= SMALLEST_RATIO && ratio <= LARGEST_RATIO;
  }

  private void lower(NodeDef softmax, int rank, int size) {
    String name = softmax.getName();
    String x = softmax.getInput(0);
    String largest = max(name + "/largest", x);
    String shifted = node("Sub", name + "/shifted", LOWEST, 0, x, largest);
    String powers = node("Exp", name + "/powers", 0, 1, shifted);
    int columns = (int) Math.ceil(Math.log(size) / Math.log(BASE) - 1e-9);
    String sums = product(name + "/sums", rank, BASE, powers, columns(name, size, columns));
    String logs = node("Log", name + "/logs", 0, (float) Math.log(BASE), sums);
    String ones = ones(name, columns);
    String sum = product(name + "/log_sum", rank, (float) Math.log(size), logs, ones);
    String share = node("Sub", name + "/log_shares", LOWEST, 0, shifted, sum);
    model
        .graph()
        .replace(NodeBuilder.op("Exp", name).inputs(share).attr("T", DataType.DT_FLOAT).build());
  }

  private String max(String name, String x) {
    String axis = model.addConstant(name + "/axis", TensorProtos.ints(Shape.of(1), -1));
    return model.add(
        "Max",
        name,
        Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32, "keep_dims", true),
        x,
        axis);
  }

  private String product(String name, int rank, float max, String x, String matrix) {
    return node(rank == 2 ? "MatMul" : "BatchMatMulV2", name, 0, max, x, matrix);
  }

  /** A quantized matrix whose columns add up rows, each to one fifth of the one before. */
  private String columns(String name, int size, int columns) {
    float[] values = new float[size * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.pow(BASE, -(i % columns));
    }
    // 127 steps, of which 1 has 125.
    return matrix(name + "/columns", Shape.of(size, columns), values, 127 / 125f);
  }

  private String ones(String name, int columns) {
    float[] values = new float[columns];
    Arrays.fill(values, 1);
    return matrix(name + "/ones", Shape.of(columns, 1), values, 1);
  }

  private String matrix(String name, Shape shape, float[] values, float end) {
    String matrix = model.addConstant(name, TensorProtos.floats(shape, values));
    return quantized(name, matrix, -end, end, true);
  }

  private String node(String op, String name, float min, float max, String... inputs) {
    return quantized(name, model.add(op, name, FLOAT, inputs), min, max, false);
  }

  private String quantized(String name, String tensor, float min, float max, boolean narrow) {
    String quantizer = name + ActivationPoint.SUFFIX;
    return model.add(
        "FakeQuantWithMinMaxVars",
        quantizer,
        Map.of("num_bits", BITS, "narrow_range", narrow),
        tensor,
        model.addConstant(quantizer + "/min", TensorProtos.scalar(min)),
        model.addConstant(quantizer + "/max", TensorProtos.scalar(max)));
  }

  private static float number(NodeDef constant) {
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
  }
}
