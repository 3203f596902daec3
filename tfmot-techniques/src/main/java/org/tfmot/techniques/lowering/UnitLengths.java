package org.tfmot.techniques.lowering;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Keeps the epsilon of vectors that are scaled to length 1, {@code x * rsqrt(max(sum(x^2),
 * epsilon))} and {@code x / sqrt(sum(x^2) + epsilon)}. The converter makes any epsilon below 1e-3
 * an {@code L2_NORMALIZATION}, whose kernel has one of its own, 1e-6 of the length: vectors shorter
 * than the root of a larger epsilon become up to as long as the others.
 */
final class UnitLengths {

  /** The square of the kernel's own epsilon, the default of {@code tf.nn.l2_normalize}. */
  private static final double OF_THE_KERNEL = 1e-12;

  private static final Set<String> ROOTS = Set.of("Rsqrt", "Sqrt");
  private static final Set<String> READERS = Set.of("Mul", "RealDiv", "Div");
  private static final Set<String> BOUNDS = Set.of("Maximum", "Add", "AddV2");

  private final GraphEditor graph;

  private UnitLengths(GraphEditor graph) {
    this.graph = graph;
  }

  /** Writes such norms so that the converter does not see that squares and vector are the same. */
  static void keep(GraphEditor graph) {
    UnitLengths lengths = new UnitLengths(graph);
    graph.nodes().stream().filter(node -> ROOTS.contains(node.getOp())).forEach(lengths::keep);
  }

  private void keep(NodeDef root) {
    NodeDef bound = graph.input(root, 0);
    for (int i = 0; i < 2 && BOUNDS.contains(bound.getOp()); i++) {
      NodeDef squares = hasLargerEpsilon(bound, i) ? squares(graph.input(bound, 1 - i)) : null;
      if (squares != null && scales(root, squares.getInput(0))) {
        magnitudes(squares);
        return;
      }
    }
  }

  private boolean hasLargerEpsilon(NodeDef bound, int input) {
    NodeDef constant = FakeQuant.constant(graph, bound, input);
    if (constant == null
        || constant.getAttrOrThrow("dtype").getType() != DataType.DT_FLOAT
        || TensorProtos.shape(constant.getAttrOrThrow("value").getTensor()).size() != 1) {
      return false;
    }
    float value = TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
    return value > OF_THE_KERNEL * 1.001;
  }

  private @Nullable NodeDef squares(NodeDef sum) {
    if (!sum.getOp().equals("Sum")) {
      return null;
    }
    NodeDef squares = graph.input(sum, 0);
    boolean product =
        squares.getOp().equals("Mul") && squares.getInput(0).equals(squares.getInput(1));
    return product || squares.getOp().equals("Square") ? squares : null;
  }

  private boolean scales(NodeDef root, String vector) {
    return graph.consumers(TensorRef.of(root.getName())).stream()
        .anyMatch(
            reader -> READERS.contains(reader.getOp()) && reader.getInputList().contains(vector));
  }

  private void magnitudes(NodeDef squares) {
    String name = graph.uniqueName(squares.getName() + "/magnitude");
    graph.add(
        NodeBuilder.op("Abs", name)
            .inputs(squares.getInput(0))
            .attr("T", squares.getAttrOrThrow("T"))
            .build());
    NodeDef.Builder changed = squares.toBuilder();
    for (int i = 0; i < squares.getInputCount(); i++) {
      if (!squares.getInput(i).startsWith("^")) {
        changed.setInput(i, name);
      }
    }
    graph.replace(changed.build());
  }
}
