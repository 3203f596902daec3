package org.tfmot.techniques.tflite;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Writes a quantized mean over the last dimension, of {@code n} values, as the product with a
 * matrix of {@code n x 1} values {@code 1/n}. XNNPACK has an integer product, but an integer mean
 * over height and width only. The sum is exact in either case, and {@code 1/n} is one step of its
 * own scale, so that the value is that of the simulated mean.
 */
final class MeanLowering {

  /** So that the sum of as many products of 8 bits fits into 32 bits. */
  private static final long LONGEST = 1 << 16;

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private final GraphEditor editor;

  private MeanLowering(GraphEditor editor) {
    this.editor = editor;
  }

  static GraphDef apply(GraphDef graphDef) {
    GraphEditor editor = new GraphEditor(graphDef);
    MeanLowering lowering = new MeanLowering(editor);
    List<NodeDef> means = editor.nodes().stream().filter(lowering::isQuantizedMean).toList();
    if (means.isEmpty()) {
      return graphDef;
    }
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graphDef);
      for (NodeDef mean : means) {
        TensorRef input = TensorRef.parse(mean.getInput(0));
        Shape shape = graph.operationOrThrow(input.node()).output(input.index()).shape();
        lowering.lower(mean, shape);
      }
    }
    return editor.build();
  }

  private boolean isQuantizedMean(NodeDef node) {
    if (!node.getOp().equals("Mean") || !keepsDimensions(node)) {
      return false;
    }
    List<NodeDef> users = editor.consumers(TensorRef.of(node.getName()));
    return !users.isEmpty()
        && users.stream().allMatch(user -> user.getOp().equals(QUANTIZER))
        && users.stream().allMatch(user -> FakeQuant.bits(user) <= TensorType.INT8.bits());
  }

  private static boolean keepsDimensions(NodeDef node) {
    return node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
  }

  private void lower(NodeDef mean, Shape shape) {
    if (shape.isUnknown() || shape.numDimensions() < 2) {
      return;
    }
    int last = shape.numDimensions() - 1;
    long size = shape.get(last);
    int[] axes = StaticTensors.ints(editor.input(mean, 1));
    boolean overLast = axes.length == 1 && (axes[0] == -1 || axes[0] == last);
    if (!overLast || size < 2 || size > LONGEST) {
      return;
    }
    String op = last == 1 ? "MatMul" : "BatchMatMulV2";
    editor.replace(
        NodeBuilder.op(op, mean.getName())
            .inputs(mean.getInput(0), matrix(mean.getName(), (int) size))
            .attr("T", DataType.DT_FLOAT)
            .build());
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
            TensorType.INT8.bits(),
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
