package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Writes a quantized squared difference as the square of a quantized difference. XNNPACK has an
 * integer product but no integer squared difference; the runtime's own kernel is twenty times
 * slower, aborts where the result's range is narrow, and has no 16-bit form.
 *
 * <p>The difference has the range {@code [-sqrt(m), sqrt(m)]}, where {@code m} is the end of the
 * square's range, or that of a quantized difference of the same tensors that the graph has already,
 * as layer norm does.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SquaredDifferences {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private static final Set<String> HANDING_ON =
      Set.of("Identity", "StopGradient", "PreventGradient");

  private final GraphEditor editor;

  private SquaredDifferences(GraphEditor editor) {
    this.editor = editor;
  }

  /** Lowers every squared difference that a fake quantization with a constant range reads alone. */
  public static void lower(GraphEditor editor) {
    SquaredDifferences lowering = new SquaredDifferences(editor);
    editor.nodes().stream()
        .filter(node -> node.getOp().equals("SquaredDifference"))
        .forEach(lowering::lower);
  }

  private void lower(NodeDef node) {
    NodeDef quantizer = quantizer(node);
    NodeDef max = quantizer == null ? null : FakeQuant.constant(editor, quantizer, 2);
    if (quantizer == null || max == null) {
      return;
    }
    String known = known(node, FakeQuant.bits(quantizer));
    String difference = known == null ? difference(node, quantizer, FakeQuant.value(max)) : known;
    editor.replace(product(node.getName(), difference));
  }

  private String difference(NodeDef node, NodeDef quantizer, float largestSquare) {
    float end = (float) Math.sqrt(largestSquare);
    String name = editor.uniqueName(node.getName() + "/difference");
    String raw =
        editor.add(
            NodeBuilder.op("Sub", name)
                .inputs(node.getInput(0), node.getInput(1))
                .attr("T", DataType.DT_FLOAT)
                .build());
    String quantized = editor.uniqueName(name + "/fake_quant");
    return editor.add(
        quantizer.toBuilder()
            .setName(quantized)
            .setInput(0, raw)
            .setInput(1, scalar(quantized + "/min", -end))
            .setInput(2, scalar(quantized + "/max", end))
            .build());
  }

  /** The quantized difference of the same tensors, in either order, or null. */
  private @Nullable String known(NodeDef squares, int bits) {
    String left = source(squares.getInput(0));
    String right = source(squares.getInput(1));
    for (NodeDef user : readers(TensorRef.parse(left))) {
      NodeDef quantizer = user.getOp().equals("Sub") ? quantizer(user) : null;
      if (quantizer == null || FakeQuant.bits(quantizer) != bits) {
        continue;
      }
      String first = source(user.getInput(0));
      String second = source(user.getInput(1));
      if ((first.equals(left) && second.equals(right))
          || (first.equals(right) && second.equals(left))) {
        return quantizer.getName();
      }
    }
    return null;
  }

  /** Returns what reads a tensor, also behind operations that hand it on as it is. */
  private List<NodeDef> readers(TensorRef tensor) {
    List<NodeDef> readers = new ArrayList<>();
    Deque<TensorRef> open = new ArrayDeque<>(List.of(tensor));
    while (!open.isEmpty()) {
      for (NodeDef user : editor.consumers(open.pop())) {
        if (HANDING_ON.contains(user.getOp())) {
          open.add(TensorRef.of(user.getName()));
        } else {
          readers.add(user);
        }
      }
    }
    return readers;
  }

  /** The fake quantization that alone reads a node, or null. */
  private @Nullable NodeDef quantizer(NodeDef node) {
    List<NodeDef> users = editor.consumers(TensorRef.of(node.getName()));
    NodeDef user = users.size() == 1 ? users.get(0) : null;
    return user != null && user.getOp().equals(QUANTIZER) ? user : null;
  }

  /** The tensor behind operations that hand it on as it is. */
  private String source(String tensor) {
    String source = tensor;
    NodeDef node = editor.producer(source);
    while (HANDING_ON.contains(node.getOp())) {
      source = node.getInput(0);
      node = editor.producer(source);
    }
    return TensorRef.parse(source).toString();
  }

  private static NodeDef product(String name, String difference) {
    return NodeBuilder.op("Mul", name)
        .inputs(difference, difference)
        .attr("T", DataType.DT_FLOAT)
        .build();
  }

  private String scalar(String name, float value) {
    return editor.add(NodeBuilder.constant(editor.uniqueName(name), TensorProtos.scalar(value)));
  }
}
