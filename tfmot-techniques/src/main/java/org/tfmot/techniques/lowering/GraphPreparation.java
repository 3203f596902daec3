package org.tfmot.techniques.lowering;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.Bounds;
import org.tfmot.techniques.weights.StaticTensors;

/** Puts a graph in the words that the converter knows. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class GraphPreparation {

  private GraphPreparation() {}

  /**
   * Replaces what TensorFlow Java builds: {@code MaxPoolV2}, which the converter does not know, by
   * {@code MaxPool}, wherever its window is constant; {@code PadV2} with zeros, which neither
   * XNNPACK nor the converter in 16 bits knows, by {@code Pad}; {@code ClipByValue} by a maximum
   * and a minimum, and {@code Softsign} by its formula; what prints or checks a value by an
   * identity. Bounds at infinity are dropped. Vectors that are scaled to length 1 keep their
   * epsilon ({@link UnitLengths}).
   *
   * @param integers whether the file is to be of integers: then bounds that no quantized value
   *     reaches are dropped, too
   */
  public static GraphDef prepare(GraphDef graphDef, boolean integers) {
    GraphEditor editor = new GraphEditor(graphDef);
    for (NodeDef node : editor.nodes()) {
      if (node.getOp().equals("MaxPoolV2")) {
        List<Long> window = constant(editor, node.getInput(1));
        List<Long> strides = constant(editor, node.getInput(2));
        if (window != null && strides != null) {
          editor.replace(maxPool(node, window, strides));
        }
      } else if (node.getOp().equals("PadV2") && StaticTensors.isZero(editor.input(node, 2))) {
        editor.replace(pad(node));
      } else if (node.getOp().equals("ClipByValue")) {
        clip(editor, node);
      } else if (node.getOp().equals("Softsign")) {
        softsign(editor, node);
      } else if (PassThrough.isObserver(node) && !node.getOp().equals("PlaceholderWithDefault")) {
        editor.replace(identity(node));
      }
    }
    for (NodeDef node : editor.nodes()) {
      int bound = integers ? Bounds.outOfReach(editor, node) : Bounds.infinite(editor, node);
      if (bound >= 0) {
        NodeBuilder identity = NodeBuilder.op("Identity", node.getName());
        editor.replace(withTheRest(identity.inputs(node.getInput(1 - bound)), node).build());
      }
    }
    UnitLengths.keep(editor);
    return editor.build();
  }

  private static void clip(GraphEditor editor, NodeDef node) {
    String name = editor.uniqueName(node.getName() + "/at_least");
    AttrValue type = node.getAttrOrThrow("T");
    editor.add(
        NodeBuilder.op("Maximum", name)
            .inputs(node.getInput(0), node.getInput(1))
            .attr("T", type)
            .build());
    NodeBuilder minimum = NodeBuilder.op("Minimum", node.getName());
    editor.replace(withTheRest(minimum.inputs(name, node.getInput(2)), node).build());
  }

  /** Returns what hands the first input through, and waits for what the node waits for. */
  private static NodeDef identity(NodeDef node) {
    NodeBuilder identity = NodeBuilder.op("Identity", node.getName()).inputs(node.getInput(0));
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(identity::inputs);
    return identity.attr("T", node.getAttrOrThrow("T")).build();
  }

  /** {@code x / (1 + |x|)}. */
  private static void softsign(GraphEditor editor, NodeDef node) {
    String name = node.getName();
    AttrValue type = node.getAttrOrThrow("T");
    String x = node.getInput(0);
    String magnitude = editor.uniqueName(name + "/magnitude");
    editor.add(NodeBuilder.op("Abs", magnitude).inputs(x).attr("T", type).build());
    String one = editor.uniqueName(name + "/one");
    editor.add(NodeBuilder.constant(one, TensorProtos.scalar(1f)));
    String sum = editor.uniqueName(name + "/sum");
    editor.add(NodeBuilder.op("AddV2", sum).inputs(magnitude, one).attr("T", type).build());
    editor.replace(withTheRest(NodeBuilder.op("RealDiv", name).inputs(x, sum), node).build());
  }

  private static NodeDef maxPool(NodeDef node, List<Long> window, List<Long> strides) {
    NodeBuilder pool = NodeBuilder.op("MaxPool", node.getName()).inputs(node.getInput(0));
    return withTheRest(pool, node).attr("ksize", window).attr("strides", strides).build();
  }

  private static NodeDef pad(NodeDef node) {
    NodeBuilder pad = NodeBuilder.op("Pad", node.getName());
    return withTheRest(pad.inputs(node.getInput(0), node.getInput(1)), node).build();
  }

  /** Gives an operation the control dependencies, which come last, and attributes of another. */
  private static NodeBuilder withTheRest(NodeBuilder builder, NodeDef node) {
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(builder::inputs);
    node.getAttrMap().forEach((String name, AttrValue value) -> builder.attr(name, value));
    return builder;
  }

  private static @Nullable List<Long> constant(GraphEditor editor, String tensor) {
    NodeDef node = editor.producer(tensor);
    if (!node.getOp().equals("Const")) {
      return null;
    }
    TensorProto proto = node.getAttrOrThrow("value").getTensor();
    ByteString content = proto.getTensorContent();
    List<Long> values = new ArrayList<>();
    if (content.isEmpty()) {
      // A shorter list repeats its last value.
      int given = proto.getIntValCount();
      for (int i = 0; i < TensorProtos.shape(proto).size() && given > 0; i++) {
        values.add((long) proto.getIntVal(Math.min(i, given - 1)));
      }
    } else {
      ByteBuffer ints = content.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      while (ints.hasRemaining()) {
        values.add((long) ints.getInt());
      }
    }
    return values;
  }
}
