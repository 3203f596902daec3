package org.tfmot.api.folding;

import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * The operations of one norm over its own statistics: {@code (x - mean) * rsqrt(variance +
 * epsilon)}, in float32 whatever the type of the norm.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class WrittenNorm {

  private final GraphEditor editor;
  private final NodeDef norm;
  private final DataType type;

  public WrittenNorm(GraphEditor editor, NodeDef norm) {
    this.editor = editor;
    this.norm = norm;
    type = norm.getAttrOrThrow("T").getType();
  }

  public static String format(NodeDef norm) {
    AttrValue format = norm.getAttrMap().get("data_format");
    return format == null ? "NHWC" : format.getS().toStringUtf8();
  }

  private boolean isFilled(String tensor, float number) {
    NodeDef node = editor.producer(tensor);
    return switch (node.getOp()) {
      case "Fill" -> equals(ScalarFolding.value(editor, node.getInput(1)), number);
      case "OnesLike" -> number == 1;
      case "ZerosLike" -> number == 0;
      case "Const" -> isFilled(node, number);
      default -> false;
    };
  }

  private static boolean equals(@Nullable Double value, float number) {
    return value != null && value == number;
  }

  private static boolean isFilled(NodeDef constant, float number) {
    if (constant.getAttrOrThrow("dtype").getType() != DataType.DT_FLOAT) {
      return false;
    }
    float[] values = TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor());
    return IntStream.range(0, values.length).allMatch(i -> values[i] == number);
  }

  /** Tells whether scale and offset change nothing. */
  public boolean isPlain() {
    return isFilled(norm.getInput(1), 1) && isFilled(norm.getInput(2), 0);
  }

  /** Over the dimensions that are no channels, with scale and offset. */
  public void asItIs(int rank) {
    boolean first = format(norm).startsWith("NC");
    int channels = first ? 1 : rank - 1;
    int[] axes = IntStream.range(0, rank).filter(i -> i != channels).toArray();
    String[] parts = parts(norm.getInput(0), axes);
    if (isPlain()) {
      last(norm.getName(), "Mul", parts);
      return;
    }
    String scale = norm.getInput(1);
    String offset = norm.getInput(2);
    if (first) {
      int[] sizes = IntStream.range(0, rank).map(i -> i == 1 ? -1 : 1).toArray();
      String shape = ints("channels", sizes);
      scale = reshaped("scale", scale, shape);
      offset = reshaped("offset", offset, shape);
    }
    String normal = add("Mul", "normal", parts);
    String scaled = add("Mul", "scaled", normal, scale);
    last(norm.getName(), "AddV2", scaled, offset);
  }

  /** Over the last dimensions of a tensor; who reads it in its own shape gets it so. */
  public void overRows(TensorRef rows, int[] axes, Set<String> back) {
    String[] parts = parts(rows.toString(), axes);
    for (String user : back) {
      last(user, "Mul", parts);
    }
    // The image, for all others.
    String normal = name("normal");
    last(normal, "Mul", parts);
    NodeDef image = editor.input(norm, 0);
    editor.replace(image.toBuilder().setName(norm.getName()).setInput(0, normal).build());
  }

  /** Returns the centered input and the reciprocal of the deviation. */
  private String[] parts(String input, int[] axes) {
    String x = type == DataType.DT_FLOAT ? input : cast("float32", input, type, DataType.DT_FLOAT);
    String over = ints("axes", axes);
    String mean = mean("mean", x, over);
    // The gradient of the variance by the mean is 0.
    String still = add("StopGradient", "still", mean);
    String squares = add("SquaredDifference", "squares", x, still);
    String variance = mean("variance", squares, over);
    AttrValue epsilon = norm.getAttrMap().get("epsilon");
    float least = epsilon == null ? 1e-4f : epsilon.getF();
    String constant = name("epsilon");
    editor.add(NodeBuilder.constant(constant, TensorProtos.scalar(least)));
    String positive = add("AddV2", "positive", variance, constant);
    return new String[] {add("Sub", "difference", x, mean), add("Rsqrt", "rsqrt", positive)};
  }

  private String mean(String name, String x, String axes) {
    NodeBuilder mean = NodeBuilder.op("Mean", name(name)).inputs(x, axes);
    norm.getInputList().stream().filter(input -> input.startsWith("^")).forEach(mean::inputs);
    return editor.add(
        mean.attr("T", DataType.DT_FLOAT)
            .attr("Tidx", DataType.DT_INT32)
            .attr("keep_dims", true)
            .build());
  }

  /** Writes an operation in float32 whose result has the type of the norm. */
  private void last(String name, String op, String... operands) {
    boolean single = type == DataType.DT_FLOAT;
    String result = single ? name : editor.uniqueName(name + "/float32");
    NodeDef node = NodeBuilder.op(op, result).inputs(operands).attr("T", DataType.DT_FLOAT).build();
    put(node);
    if (!single) {
      put(
          NodeBuilder.op("Cast", name)
              .inputs(result)
              .attr("SrcT", DataType.DT_FLOAT)
              .attr("DstT", type)
              .build());
    }
  }

  private void put(NodeDef node) {
    if (editor.find(node.getName()) == null) {
      editor.add(node);
    } else {
      editor.replace(node);
    }
  }

  private String cast(String name, String input, DataType from, DataType to) {
    return editor.add(
        NodeBuilder.op("Cast", name(name))
            .inputs(input)
            .attr("SrcT", from)
            .attr("DstT", to)
            .build());
  }

  private String reshaped(String name, String tensor, String shape) {
    return editor.add(
        NodeBuilder.op("Reshape", name(name))
            .inputs(tensor, shape)
            .attr("T", DataType.DT_FLOAT)
            .attr("Tshape", DataType.DT_INT32)
            .build());
  }

  private String ints(String name, int[] values) {
    return editor.add(
        NodeBuilder.constant(name(name), TensorProtos.ints(Shape.of(values.length), values)));
  }

  private String add(String op, String name, String... inputs) {
    return editor.add(
        NodeBuilder.op(op, name(name)).inputs(inputs).attr("T", DataType.DT_FLOAT).build());
  }

  private String name(String part) {
    return editor.uniqueName(norm.getName() + "/" + part);
  }
}
