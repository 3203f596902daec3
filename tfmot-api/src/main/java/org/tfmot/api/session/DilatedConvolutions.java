package org.tfmot.api.session;

import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Writes convolutions such that TensorFlow's gradient of them is right. That of its C++ library,
 * which Java has, drops dilations and explicit paddings: a dilated convolution gets wrong gradients
 * without a word, or a crash in oneDNN where the sizes do not fit.
 *
 * <p>A dilated convolution becomes one without dilation of every d-th row and column:
 *
 * <pre>{@code
 * y = BatchToSpaceND(Conv2D(SpaceToBatchND(x, d, paddings), k, VALID), d, crops)[::s, ::s]
 * }</pre>
 *
 * <p>Paddings follow from the sizes when the graph runs. They fill the image up to a multiple of d
 * at its lower end, and the crops take that away again. The last operation keeps the name.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class DilatedConvolutions {

  private static final Set<String> TYPES = Set.of("Conv2D", "DepthwiseConv2dNative");
  private static final DataType INT = DataType.DT_INT32;
  private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);

  /** Mask of four dimensions. */
  private static final int ALL = 15;

  private final GraphEditor graph;
  private final NodeDef node;

  private DilatedConvolutions(GraphEditor graph, NodeDef node) {
    this.graph = graph;
    this.node = node;
  }

  /** Returns a graph that computes the same with convolutions whose gradient is right. */
  public static GraphDef rewrite(GraphDef graphDef) {
    if (graphDef.getNodeList().stream().noneMatch(DilatedConvolutions::isMeant)) {
      return graphDef;
    }
    GraphEditor graph = new GraphEditor(graphDef);
    for (NodeDef node : graphDef.getNodeList()) {
      if (isMeant(node) && !string(node, "data_format").equals("NCHW")) {
        new DilatedConvolutions(graph, node).rewrite();
      }
    }
    return graph.build();
  }

  private static boolean isMeant(NodeDef node) {
    return TYPES.contains(node.getOp())
        && (list(node, "dilations").stream().anyMatch(dilation -> dilation != 1)
            || (node.getOp().equals("Conv2D") && string(node, "padding").equals("EXPLICIT")));
  }

  private void rewrite() {
    if (list(node, "dilations").stream().allMatch(dilation -> dilation == 1)) {
      String padded =
          add(
              NodeBuilder.op("Pad", unique("padded"))
                  .inputs(node.getInput(0), explicitPaddings())
                  .attr("T", type())
                  .attr("Tpaddings", INT));
      graph.replace(plain(node.getName(), padded, list(node, "strides")));
      return;
    }
    List<Long> strides = list(node, "strides");
    boolean strided = !strides.equals(ONES);
    String block = constant(rowsAndColumns(list(node, "dilations")));
    Ends ends = ends(block, constant(rowsAndColumns(strides)));
    String padded = binary("AddV2", image(), binary("AddV2", ends.lower, ends.upper));
    String fill = binary("FloorMod", binary("Sub", constant(0, 0), padded), block);
    String batches =
        add(
            NodeBuilder.op("SpaceToBatchND", unique("batches"))
                .inputs(
                    node.getInput(0), block, columns(ends.lower, binary("AddV2", ends.upper, fill)))
                .attr("T", type())
                .attr("Tblock_shape", INT)
                .attr("Tpaddings", INT));
    String convolved = graph.add(plain(unique("convolved"), batches, ONES));
    NodeBuilder whole =
        NodeBuilder.op("BatchToSpaceND", strided ? unique("whole") : node.getName())
            .inputs(convolved, block, columns(constant(0, 0), fill))
            .attr("T", type())
            .attr("Tblock_shape", INT)
            .attr("Tcrops", INT);
    graph.replace(strided ? everyOther(add(whole), strides) : whole.build());
  }

  /** Paddings before and behind rows and columns: two vectors of two integers. */
  private record Ends(String lower, String upper) {}

  private Ends ends(String block, String strides) {
    switch (string(node, "padding")) {
      case "SAME" -> {
        String one = constant(1, 1);
        String reach = binary("Mul", binary("Sub", slice(node.getInput(1), 0), one), block);
        String steps = binary("FloorDiv", binary("Sub", image(), one), strides);
        String needed = binary("AddV2", binary("Mul", steps, strides), binary("AddV2", reach, one));
        String total = binary("Maximum", binary("Sub", needed, image()), constant(0, 0));
        String lower = binary("FloorDiv", total, constant(2, 2));
        return new Ends(lower, binary("Sub", total, lower));
      }
      case "EXPLICIT" -> {
        int[] pads = list(node, "explicit_paddings").stream().mapToInt(Long::intValue).toArray();
        return new Ends(constant(pads[2], pads[4]), constant(pads[3], pads[5]));
      }
      default -> {
        return new Ends(constant(0, 0), constant(0, 0));
      }
    }
  }

  /** Returns the convolution without dilations and paddings. */
  private NodeDef plain(String name, String input, List<Long> strides) {
    NodeDef.Builder plain =
        node.toBuilder()
            .setName(name)
            .setInput(0, input)
            .removeAttr("dilations")
            .removeAttr("explicit_paddings");
    NodeDef attributes =
        NodeBuilder.op(node.getOp(), name)
            .attr("padding", "VALID")
            .attr("strides", strides)
            .build();
    return plain.putAllAttr(attributes.getAttrMap()).build();
  }

  private NodeDef everyOther(String tensor, List<Long> strides) {
    int[] steps = strides.stream().mapToInt(Long::intValue).toArray();
    return NodeBuilder.op("StridedSlice", node.getName())
        .inputs(tensor, constant(0, 0, 0, 0), constant(0, 0, 0, 0), constant(steps))
        .attr("T", type())
        .attr("Index", INT)
        .attr("begin_mask", ALL)
        .attr("end_mask", ALL)
        .build();
  }

  private String image() {
    return slice(node.getInput(0), 1);
  }

  /** Adds two of a tensor's sizes, as a vector. */
  private String slice(String tensor, int from) {
    String shape =
        add(
            NodeBuilder.op("Shape", unique("shape"))
                .inputs(tensor)
                .attr("T", type())
                .attr("out_type", INT));
    return add(
        NodeBuilder.op("StridedSlice", unique("sizes"))
            .inputs(shape, constant(from), constant(from + 2), constant(1))
            .attr("T", INT)
            .attr("Index", INT));
  }

  private String columns(String first, String second) {
    return add(
        NodeBuilder.op("Pack", unique("columns"))
            .inputs(first, second)
            .attr("T", INT)
            .attr("N", 2)
            .attr("axis", 1));
  }

  private String binary(String type, String first, String second) {
    return add(NodeBuilder.op(type, unique("size")).inputs(first, second).attr("T", INT));
  }

  private String explicitPaddings() {
    int[] pads = list(node, "explicit_paddings").stream().mapToInt(Long::intValue).toArray();
    return graph.add(
        NodeBuilder.constant(unique("paddings"), TensorProtos.ints(Shape.of(4, 2), pads)));
  }

  private String constant(int... values) {
    return graph.add(
        NodeBuilder.constant(unique("number"), TensorProtos.ints(Shape.of(values.length), values)));
  }

  private String add(NodeBuilder builder) {
    return graph.add(builder.build());
  }

  private String unique(String name) {
    return graph.uniqueName(node.getName() + "/undilated/" + name);
  }

  private AttrValue type() {
    return node.getAttrOrThrow("T");
  }

  private static int[] rowsAndColumns(List<Long> ofAll) {
    return new int[] {ofAll.get(1).intValue(), ofAll.get(2).intValue()};
  }

  private static List<Long> list(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getList().getIList();
  }

  private static String string(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getS().toStringUtf8();
  }
}
