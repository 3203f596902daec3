package org.tfmot.techniques.lowering;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.functions.Moving;

/**
 * Keeps the range of moved values that several operations read. The converter brings the operand of
 * a merging operation to that operation's range for all readers, and leaves in float what reads the
 * operand of an average: the quantizer is repeated behind what moves the operand.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MovedRanges {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final String POOLING = "AvgPool";

  private final GraphEditor graph;
  private final Set<String> outputs;

  private MovedRanges(GraphEditor graph, Set<String> outputs) {
    this.graph = graph;
    this.outputs = outputs;
  }

  /**
   * Repeats the quantizers of a graph where they would be lost.
   *
   * @param outputs the tensors that the model gives, which count as read
   */
  public static GraphDef repeat(GraphDef graphDef, Collection<String> outputs) {
    MovedRanges ranges = new MovedRanges(new GraphEditor(graphDef), Readers.operations(outputs));
    graphDef.getNodeList().stream()
        .map(node -> ranges.graph.node(node.getName()))
        .filter(Moving::isMoving)
        .forEach(ranges::repeat);
    return ranges.graph.build();
  }

  private void repeat(NodeDef moving) {
    List<NodeDef> readers = Readers.of(graph, moving.getName(), outputs);
    boolean needed = readers.size() > 1 && readers.stream().anyMatch(this::endsInOneRange);
    NodeDef quantizer = needed ? quantizer(moving) : null;
    if (quantizer != null) {
      String name = graph.uniqueName(moving.getName() + "/fake_quant");
      graph.add(quantizer.toBuilder().setName(name).setInput(0, moving.getName()).build());
      graph.redirect(
          TensorRef.of(moving.getName()),
          TensorRef.of(name),
          reader -> !reader.getName().equals(name));
    }
  }

  /** Returns whether the converter has one range from an operation on, which merges or pools. */
  private boolean endsInOneRange(NodeDef reader) {
    NodeDef node = reader;
    while (Moving.isMoving(node) && !outputs.contains(node.getName())) {
      List<NodeDef> readers = Readers.of(graph, node.getName(), outputs);
      if (readers.size() != 1) {
        return false;
      }
      node = readers.get(0);
    }
    return Merging.isMerging(node) || node.getOp().equals(POOLING);
  }

  /** Returns the quantizer of what is moved, or null if it has none or all is constant. */
  private @Nullable NodeDef quantizer(NodeDef moving) {
    NodeDef source = moving;
    boolean looksUp = false;
    while (Moving.isMoving(source)) {
      looksUp |=
          source.getOp().startsWith("Gather") && FakeQuant.constant(graph, source, 1) == null;
      source = graph.input(source, Moving.operand(source));
    }
    boolean quantized = source.getOp().equals(QUANTIZER);
    boolean constant = quantized && FakeQuant.constant(graph, source, 0) != null;
    return quantized && (looksUp || !constant) ? source : null;
  }
}
