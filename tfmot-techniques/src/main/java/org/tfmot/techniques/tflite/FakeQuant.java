package org.tfmot.techniques.tflite;

import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;

/** The nodes of simulated quantization: a tensor and the two ends of its range. */
final class FakeQuant {

  private static final AttrValue DEFAULT_BITS = AttrValue.newBuilder().setI(8).build();

  private FakeQuant() {}

  static int bits(NodeDef node) {
    return (int) node.getAttrOrDefault("num_bits", DEFAULT_BITS).getI();
  }

  static boolean isNarrow(NodeDef node) {
    return node.getAttrOrDefault("narrow_range", AttrValue.getDefaultInstance()).getB();
  }

  /** A node of some type. */
  static NodeDef node(
      String type, String name, int bits, boolean narrow, String tensor, String min, String max) {
    return NodeBuilder.op(type, name)
        .inputs(tensor, min, max)
        .attr("num_bits", bits)
        .attr("narrow_range", narrow)
        .build();
  }

  /** The constant at an input, or null if another operation than an identity makes it. */
  static @Nullable NodeDef constant(GraphEditor graph, NodeDef node, int input) {
    NodeDef producer = graph.input(node, input);
    while (producer.getOp().equals("Identity")) {
      producer = graph.input(producer, 0);
    }
    return producer.getOp().equals("Const") ? producer : null;
  }
}
