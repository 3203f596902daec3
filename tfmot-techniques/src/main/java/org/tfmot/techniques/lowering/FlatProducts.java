package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Moving;

/**
 * Writes a dense {@code Einsum} whose result is squared or otherwise combined with itself, such as
 * {@code "abc,cd->abd"}, as a product of matrices that is quantized before it gets its shape back.
 * The converter writes it as a product and a reshape, moves the reshape behind the combination, and
 * forgets its range; {@link ReshapedCombinations} orders reshapes that it sees.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FlatProducts {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

  private final GraphEditor graph;

  private FlatProducts(GraphEditor graph) {
    this.graph = graph;
  }

  public static GraphDef lower(GraphDef graphDef) {
    FlatProducts products = new FlatProducts(new GraphEditor(graphDef));
    List<NodeDef> combined =
        graphDef.getNodeList().stream()
            .filter(node -> node.getOp().equals("Einsum") && products.isCombinedWithItself(node))
            .toList();
    if (combined.isEmpty()) {
      return graphDef;
    }
    try (Graph shapes = new Graph()) {
      TensorFlowErrors.importInto(shapes, graphDef);
      combined.forEach(einsum -> products.lower(einsum, shapes));
    }
    return products.graph.build();
  }

  /**
   * A product of a tensor's last dimensions with a weight.
   *
   * @param order the weight's dimensions: those that are summed over, and those of the result
   * @param summed the number of the former
   */
  record Dense(int[] order, int summed) {

    /** Returns the form of an equation, or null if it is none. */
    static @Nullable Dense of(String equation) {
      String[] sides = equation.replace(" ", "").split("->", -1);
      String[] operands = sides[0].split(",", -1);
      if (sides.length != 2 || operands.length != 2 || operands[1].contains(".")) {
        return null;
      }
      String weight = operands[1];
      int summed = (int) weight.chars().filter(letter -> sides[1].indexOf(letter) < 0).count();
      int kept = operands[0].length() - summed;
      int ends = sides[1].length() - (weight.length() - summed);
      if (summed == 0 || kept < 0 || kept != ends) {
        return null;
      }
      String head = operands[0].substring(0, kept);
      String order = operands[0].substring(kept) + sides[1].substring(ends);
      boolean dense =
          sides[1].startsWith(head)
              && head.chars().noneMatch(letter -> weight.indexOf(letter) >= 0)
              && order.chars().allMatch(letter -> weight.indexOf(letter) >= 0)
              && order.chars().distinct().count() == weight.length();
      return dense ? new Dense(order.chars().map(weight::indexOf).toArray(), summed) : null;
    }

    boolean isTransposed() {
      return !Arrays.equals(order, IntStream.range(0, order.length).toArray());
    }
  }

  private boolean isCombinedWithItself(NodeDef einsum) {
    NodeDef quantizer = quantizer(einsum);
    return quantizer != null && isCombinedWithItself(graph, TensorRef.of(quantizer.getName()));
  }

  /** Returns whether a square or a combination of a tensor with itself reads it, in any shape. */
  static boolean isCombinedWithItself(GraphEditor graph, TensorRef tensor) {
    for (NodeDef reader : graph.consumers(tensor)) {
      boolean combined =
          ReshapedCombinations.isCombining(reader)
              && origin(graph, reader.getInput(0)).equals(origin(graph, reader.getInput(1)));
      if (combined
          || reader.getOp().equals("Square")
          || (handsOn(reader) && isCombinedWithItself(graph, TensorRef.of(reader.getName())))) {
        return true;
      }
    }
    return false;
  }

  private static boolean handsOn(NodeDef node) {
    return node.getOp().equals("Identity") || Moving.isReshape(node);
  }

  private static String origin(GraphEditor graph, String tensor) {
    NodeDef node = graph.producer(tensor);
    return handsOn(node) ? origin(graph, node.getInput(0)) : tensor;
  }

  /** Returns the last quantizer of a product and the activations behind it, or null. */
  private @Nullable NodeDef quantizer(NodeDef node) {
    List<NodeDef> readers = graph.consumers(node.getName());
    NodeDef reader = readers.size() == 1 ? readers.get(0) : node;
    boolean quantizes = reader.getOp().equals(QUANTIZER);
    if (readers.size() != 1 || !(quantizes || ACTIVATIONS.contains(reader.getOp()))) {
      return null;
    }
    // The runtime fuses an activation of 8 bits and forgets the rounding before it.
    boolean ends = quantizes && FakeQuant.bits(reader) <= FakeQuant.BYTE;
    NodeDef last = ends ? null : quantizer(reader);
    return last == null && quantizes ? reader : last;
  }

  private void lower(NodeDef einsum, Graph shapes) {
    NodeDef quantizer = quantizer(einsum);
    Dense dense = Dense.of(einsum.getAttrOrThrow("equation").getS().toStringUtf8());
    Shape weight = shape(shapes, TensorRef.parse(einsum.getInput(1)));
    Shape result = shape(shapes, TensorRef.of(einsum.getName()));
    if (quantizer == null
        || dense == null
        || weight.isUnknown()
        || weight.hasUnknownDimension()
        || result.isUnknown()
        || LongStream.of(result.asArray()).filter(size -> size < 0).count() > 1) {
      return;
    }
    long depth = 1;
    for (int i = 0; i < dense.summed(); i++) {
      depth *= weight.get(dense.order()[i]);
    }
    long width = weight.size() / depth;
    String name = einsum.getName();
    String product = graph.uniqueName(name + "/flat");
    graph.add(
        NodeBuilder.op("MatMul", product)
            .inputs(
                reshape(einsum.getInput(0), name + "/rows", -1, depth),
                matrix(einsum, dense, depth, width))
            .attr("T", DataType.DT_FLOAT)
            .build());
    NodeDef reader = graph.consumers(name).get(0);
    String last = product;
    while (!reader.getName().equals(quantizer.getName())) {
      last = behind(reader, last);
      reader = graph.consumers(reader.getName()).get(0);
    }
    String quantized = behind(quantizer, last);
    // It may be an output of the model.
    graph.replace(reshaped(quantizer.getName(), quantized, result.asArray()));
  }

  private String matrix(NodeDef einsum, Dense dense, long depth, long width) {
    String weight = einsum.getInput(1);
    if (dense.isTransposed()) {
      String order = graph.uniqueName(einsum.getName() + "/order");
      int[] axes = dense.order();
      graph.add(NodeBuilder.constant(order, TensorProtos.ints(Shape.of(axes.length), axes)));
      String transposed = graph.uniqueName(einsum.getName() + "/transposed");
      graph.add(
          NodeBuilder.op("Transpose", transposed)
              .inputs(weight, order)
              .attr("T", DataType.DT_FLOAT)
              .attr("Tperm", DataType.DT_INT32)
              .build());
      weight = transposed;
    }
    return dense.order().length == 2
        ? weight
        : reshape(weight, einsum.getName() + "/matrix", depth, width);
  }

  private static Shape shape(Graph shapes, TensorRef tensor) {
    return shapes.operationOrThrow(tensor.node()).output(tensor.index()).shape();
  }

  private String behind(NodeDef node, String input) {
    String name = graph.uniqueName(node.getName() + "/flat");
    graph.add(node.toBuilder().setName(name).setInput(0, input).build());
    return name;
  }

  private String reshape(String input, String wanted, long... sizes) {
    String name = graph.uniqueName(wanted);
    graph.add(reshaped(name, input, sizes));
    return name;
  }

  private NodeDef reshaped(String name, String input, long... sizes) {
    String shape = graph.uniqueName(name + "/shape");
    int[] ints = LongStream.of(sizes).mapToInt(Math::toIntExact).toArray();
    graph.add(NodeBuilder.constant(shape, TensorProtos.ints(Shape.of(ints.length), ints)));
    return NodeBuilder.op("Reshape", name)
        .inputs(input, shape)
        .attr("T", DataType.DT_FLOAT)
        .attr("Tshape", DataType.DT_INT32)
        .build();
  }
}
