package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
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
 * Writes quantized operations that the runtime does not compute with 16 bits in those that it does:
 *
 * <ul>
 *   <li>{@code Sum} of {@code n} values: {@code n} times their mean, whose range is a {@code n}-th
 *       of the sum's, so that nothing is rounded again;
 *   <li>{@code BroadcastTo}: a product with ones;
 *   <li>{@code Softmax} of more than four dimensions: that of a matrix.
 * </ul>
 *
 * Of a shape that is not known before a run, the operation stays as it is, and {@code KernelRules}
 * refuses the file by its name.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Int16Forms {

  private static final Set<String> OPERATIONS = Set.of("BroadcastTo", "Softmax", "Sum");
  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final int MOST_DIMENSIONS = 4;

  private final GraphEditor editor;
  private final Graph graph;

  private Int16Forms(GraphEditor editor, Graph graph) {
    this.editor = editor;
    this.graph = graph;
  }

  /** Rewrites all such operations that are quantized. */
  public static GraphDef apply(GraphDef graphDef) {
    GraphEditor editor = new GraphEditor(graphDef);
    List<NodeDef> nodes =
        editor.nodes().stream().filter(node -> OPERATIONS.contains(node.getOp())).toList();
    if (nodes.isEmpty()) {
      return graphDef;
    }
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      Int16Forms forms = new Int16Forms(editor, graph);
      nodes.forEach(forms::lower);
    }
    return editor.build();
  }

  private void lower(NodeDef node) {
    NodeDef quantizer = quantizer(node);
    if (quantizer != null) {
      switch (node.getOp()) {
        case "BroadcastTo" -> broadcast(node);
        case "Softmax" -> softmax(node, quantizer);
        default -> sum(node, quantizer);
      }
    }
  }

  /** Returns the 16-bit quantizer that alone reads an operation, or null. */
  private @Nullable NodeDef quantizer(NodeDef node) {
    List<NodeDef> users = editor.consumers(TensorRef.of(node.getName()));
    boolean quantized =
        users.size() == 1
            && users.get(0).getOp().equals(QUANTIZER)
            && FakeQuant.bits(users.get(0)) == FakeQuant.WIDE;
    return quantized ? users.get(0) : null;
  }

  private void sum(NodeDef node, NodeDef quantizer) {
    Shape input = shape(node.getInput(0));
    int[] axes =
        input.isUnknown() ? null : StaticTensors.axes(editor.input(node, 1), input.numDimensions());
    if (axes == null) {
      return;
    }
    double count =
        IntStream.of(axes)
            .distinct()
            .mapToDouble(input::get)
            .reduce(1, (one, two) -> two < 0 ? Double.NaN : one * two);
    NodeDef max = FakeQuant.constant(editor, quantizer, 2);
    if (!(count >= 1) || max == null) {
      return;
    }
    String name = node.getName();
    String narrow =
        add(NodeBuilder.constant(name + "/axes", TensorProtos.ints(Shape.of(axes.length), axes)));
    String mean =
        add(
            NodeBuilder.op("Mean", name + "/mean")
                .inputs(node.getInput(0), narrow)
                .attr("T", node.getAttrOrThrow("T"))
                .attr("Tidx", DataType.DT_INT32)
                .attr(
                    "keep_dims", node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()))
                .build());
    String quantized = quantized(mean, (float) (FakeQuant.value(max) / count));
    String times = number(name + "/count", (float) count);
    editor.replace(product(name, quantized, quantized(times, (float) count)));
  }

  private void broadcast(NodeDef node) {
    Shape shape = shape(node.getName());
    if (!shape.isUnknown() && !shape.hasUnknownDimension()) {
      String name = node.getName() + "/ones";
      float[] ones = new float[Math.toIntExact(shape.size())];
      Arrays.fill(ones, 1);
      String constant = add(NodeBuilder.constant(name, TensorProtos.floats(shape, ones)));
      editor.replace(product(node.getName(), node.getInput(0), quantized(constant, 1)));
    }
  }

  private void softmax(NodeDef node, NodeDef quantizer) {
    Shape shape = shape(node.getInput(0));
    if (shape.isUnknown() || shape.numDimensions() <= MOST_DIMENSIONS) {
      return;
    }
    long[] sizes = shape.asArray();
    long open = Arrays.stream(sizes).filter(size -> size < 0).count();
    long last = sizes[sizes.length - 1];
    if (open > 1 || last < 0) {
      return;
    }
    String name = node.getName();
    String matrix = add(reshape(name + "/matrix", node.getInput(0), -1, (int) last));
    String shares = add(node.toBuilder().setName(name + "/shares").setInput(0, matrix).build());
    String rounded =
        add(quantizer.toBuilder().setName(shares + "/fake_quant").setInput(0, shares).build());
    int[] back = Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    editor.replace(reshape(name, rounded, back));
  }

  private Shape shape(String tensor) {
    TensorRef ref = TensorRef.parse(tensor);
    return graph.operationOrThrow(ref.node()).output(ref.index()).shape();
  }

  private String quantized(String tensor, float end) {
    return add(
        FakeQuant.node(
            QUANTIZER,
            tensor + "/fake_quant",
            FakeQuant.WIDE,
            true,
            tensor,
            number(tensor + "/min", -end),
            number(tensor + "/max", end)));
  }

  private NodeDef reshape(String name, String tensor, int... sizes) {
    String shape =
        add(
            NodeBuilder.constant(
                name + "/shape", TensorProtos.ints(Shape.of(sizes.length), sizes)));
    return NodeBuilder.op("Reshape", name)
        .inputs(tensor, shape)
        .attr("T", DataType.DT_FLOAT)
        .attr("Tshape", DataType.DT_INT32)
        .build();
  }

  private static NodeDef product(String name, String left, String right) {
    return NodeBuilder.op("Mul", name).inputs(left, right).attr("T", DataType.DT_FLOAT).build();
  }

  private String number(String name, float value) {
    return add(NodeBuilder.constant(name, TensorProtos.scalar(value)));
  }

  private String add(NodeDef node) {
    return editor.add(node.toBuilder().setName(editor.uniqueName(node.getName())).build());
  }
}
