package org.tfmot.techniques.lowering;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** The nodes of simulated quantization: a tensor and the two ends of its range. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FakeQuant {

  /** Bits of an 8-bit type. */
  static final int BYTE = 8;

  /** Bits of a 16-bit type. */
  static final int WIDE = 16;

  private static final AttrValue DEFAULT_BITS = AttrValue.newBuilder().setI(BYTE).build();

  private FakeQuant() {}

  public static int bits(NodeDef node) {
    return (int) node.getAttrOrDefault("num_bits", DEFAULT_BITS).getI();
  }

  public static boolean isNarrow(NodeDef node) {
    return node.getAttrOrDefault("narrow_range", AttrValue.getDefaultInstance()).getB();
  }

  /**
   * Verifies what simulated quantization says in attributes: the converter follows a null pointer
   * at a range that is not finite.
   *
   * @throws IllegalArgumentException naming the node, its range or its bits
   */
  public static void verifyAttributes(GraphDef graph) {
    for (NodeDef node : graph.getNodeList()) {
      if (!node.getOp().startsWith("FakeQuantWithMinMax")) {
        continue;
      }
      long bits = node.getAttrOrDefault("num_bits", DEFAULT_BITS).getI();
      if (bits < 2 || bits > 16) {
        throw new IllegalArgumentException(
            "\"%s\" (%s) has %d bits: quantization takes 2 to 16"
                .formatted(node.getName(), node.getOp(), bits));
      }
      if (node.getOp().equals("FakeQuantWithMinMaxArgs")) {
        float min = node.getAttrOrDefault("min", AttrValue.newBuilder().setF(-6).build()).getF();
        float max = node.getAttrOrDefault("max", AttrValue.newBuilder().setF(6).build()).getF();
        if (!(min < max && max - min < Float.POSITIVE_INFINITY)) {
          throw new IllegalArgumentException(
              "\"%s\" (%s) has the range [%s, %s]: a range has a finite minimum under a finite maximum"
                  .formatted(node.getName(), node.getOp(), min, max));
        }
      }
    }
  }

  /** A node of some type. */
  public static NodeDef node(
      String type, String name, int bits, boolean narrow, String tensor, String min, String max) {
    return NodeBuilder.op(type, name)
        .inputs(tensor, min, max)
        .attr("num_bits", bits)
        .attr("narrow_range", narrow)
        .build();
  }

  /** The constant at an input, or null if another operation than an identity makes it. */
  public static @Nullable NodeDef constant(GraphEditor graph, NodeDef node, int input) {
    NodeDef producer = graph.input(node, input);
    while (producer.getOp().equals("Identity")) {
      producer = graph.input(producer, 0);
    }
    return producer.getOp().equals("Const") ? producer : null;
  }

  /**
   * Returns the distance of two neighbours on the grid of a node.
   *
   * @param quantizer with a range of constants
   */
  public static double step(GraphEditor graph, NodeDef quantizer) {
    double width = (double) value(graph.input(quantizer, 2)) - value(graph.input(quantizer, 1));
    return width / ((1 << bits(quantizer)) - (isNarrow(quantizer) ? 2 : 1));
  }

  /** Returns the number that a constant is, such as an end of a range. */
  static float value(NodeDef constant) {
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
  }
}
