package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Writes quantized means over one dimension in a form that XNNPACK takes, which has an integer
 * product and an integer mean over height and width only.
 *
 * <p>A mean over the last dimension that stays, of {@code n} values, becomes the product with a
 * matrix of {@code n x 1} values {@code 1/n}. The sum is exact in either case, and {@code 1/n} is
 * one step of its own scale, so that the value is that of the simulated mean. A mean over a middle
 * dimension, as over the tokens of a text, becomes that of an image of {@code n x 1} points.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MeanLowering {

  /** So that the sum of as many products of 8 bits fits into 32 bits. */
  private static final long LONGEST = 1 << 16;

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private final GraphEditor editor;

  private MeanLowering(GraphEditor editor) {
    this.editor = editor;
  }

  public static GraphDef apply(GraphDef graphDef) {
    GraphEditor editor = new GraphEditor(graphDef);
    MeanLowering lowering = new MeanLowering(editor);
    List<NodeDef> means = editor.nodes().stream().filter(lowering::isQuantizedMean).toList();
    if (means.isEmpty()) {
      return graphDef;
    }
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      for (NodeDef mean : means) {
        TensorRef input = TensorRef.parse(mean.getInput(0));
        Shape shape = graph.operationOrThrow(input.node()).output(input.index()).shape();
        lowering.lower(mean, shape);
      }
    }
    return editor.build();
  }

  private boolean isQuantizedMean(NodeDef node) {
    if (!node.getOp().equals("Mean")) {
      return false;
    }
    List<NodeDef> users = editor.consumers(TensorRef.of(node.getName()));
    return !users.isEmpty()
        && users.stream().allMatch(user -> user.getOp().equals(QUANTIZER))
        && users.stream().allMatch(user -> FakeQuant.bits(user) <= FakeQuant.BYTE);
  }

  private static boolean keepsDimensions(NodeDef node) {
    return node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
  }

  private void lower(NodeDef mean, Shape shape) {
    int[] axes = StaticTensors.ints(editor.input(mean, 1));
    if (shape.isUnknown() || shape.numDimensions() < 2 || axes.length != 1) {
      return;
    }
    int last = shape.numDimensions() - 1;
    int axis = axes[0] < 0 ? axes[0] + last + 1 : axes[0];
    long size = shape.get(axis);
    if (size < 2 || size > LONGEST) {
      return;
    }
    if (axis == last && keepsDimensions(mean)) {
      String op = last == 1 ? "MatMul" : "BatchMatMulV2";
      editor.replace(
          NodeBuilder.op(op, mean.getName())
              .inputs(mean.getInput(0), matrix(mean.getName(), (int) size))
              .attr("T", DataType.DT_FLOAT)
              .build());
    } else if (axis > 0 && axis < last) {
      lowerToImage(mean, shape, axis);
    }
  }

  private void lowerToImage(NodeDef mean, Shape shape, int axis) {
    long[] result = result(shape, axis, keepsDimensions(mean));
    long channels = 1;
    for (int i = axis + 1; i < shape.numDimensions(); i++) {
      channels = shape.get(i) < 0 || channels < 0 ? -1 : channels * shape.get(i);
    }
    if (channels < 1 || Arrays.stream(result).filter(size -> size < 0).count() > 1) {
      return;
    }
    String name = mean.getName();
    String image = editor.uniqueName(name + "/image");
    int size = Math.toIntExact(shape.get(axis));
    editor.add(reshape(image, mean.getInput(0), -1, size, 1, Math.toIntExact(channels)));
    if (result.length == 2) {
      editor.replace(points(name, image));
      return;
    }
    String points = editor.add(points(editor.uniqueName(name + "/points"), image));
    int[] sizes = Arrays.stream(result).mapToInt(Math::toIntExact).toArray();
    editor.replace(reshape(name, points, sizes));
  }

  /** The mean over height and width. */
  private NodeDef points(String name, String image) {
    return NodeBuilder.op("Mean", name)
        .inputs(image, ints(name + "/axes", 1, 2))
        .attr("T", DataType.DT_FLOAT)
        .attr("Tidx", DataType.DT_INT32)
        .attr("keep_dims", false)
        .build();
  }

  private static long[] result(Shape shape, int axis, boolean keeps) {
    long[] sizes = shape.asArray();
    if (keeps) {
      sizes[axis] = 1;
      return sizes;
    }
    return IntStream.range(0, sizes.length)
        .filter(i -> i != axis)
        .mapToLong(i -> sizes[i])
        .toArray();
  }

  private NodeDef reshape(String name, String input, int... sizes) {
    return NodeBuilder.op("Reshape", name)
        .inputs(input, ints(name + "/shape", sizes))
        .attr("T", DataType.DT_FLOAT)
        .attr("Tshape", DataType.DT_INT32)
        .build();
  }

  private String ints(String name, int... values) {
    return editor.add(
        NodeBuilder.constant(
            editor.uniqueName(name), TensorProtos.ints(Shape.of(values.length), values)));
  }

  /** A quantized matrix that takes the mean. */
  private String matrix(String mean, int size) {
    float[] values = new float[size];
    Arrays.fill(values, 1f / size);
    String name = mean + "/matrix";
    String matrix = constant(name, Shape.of(size, 1), values);
    return editor.add(
        FakeQuant.node(
            QUANTIZER,
            editor.uniqueName(name + "/fake_quant"),
            FakeQuant.BYTE,
            true,
            matrix,
            constant(name + "/min", Shape.scalar(), -values[0]),
            constant(name + "/max", Shape.scalar(), values[0])));
  }

  private String constant(String name, Shape shape, float... values) {
    return editor.add(
        NodeBuilder.constant(editor.uniqueName(name), TensorProtos.floats(shape, values)));
  }
}
