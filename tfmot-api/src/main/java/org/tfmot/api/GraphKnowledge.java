package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.IndexArithmetic;
import org.tfmot.api.folding.KnownInts;
import org.tfmot.api.folding.SymbolicSizes;
import org.tfmot.api.folding.ZeroStates;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorRef;

/** Collects facts about tensors before the graph runs: shapes, small integers, list items. */
final class GraphKnowledge {

  private final OpDefinitions definitions;
  private final Graph shapes;
  private final Map<TensorRef, KnownInts> known = new HashMap<>();
  private final TensorItems items;
  private final SymbolicSizes sizes;
  private final ZeroStates zeros;

  /**
   * Starts with the shapes that TensorFlow finds.
   *
   * @param graph the graph, which may be changed
   * @param shapes the graph as it was, open as long as this is used
   */
  GraphKnowledge(GraphEditor graph, Graph shapes, OpDefinitions definitions) {
    this.definitions = definitions;
    this.shapes = shapes;
    items = new TensorItems(graph, known, this::shape, this::learn);
    sizes = new SymbolicSizes(graph, known, this::inferred);
    zeros = new ZeroStates(graph, sizes, this::learn);
  }

  /** Looks at a node; those that it reads come first. */
  void learn(NodeDef node) {
    KnownInts value = compute(node);
    if (value != null) {
      known.put(TensorRef.of(node.getName()), value);
    }
    items.learn(node);
    sizes.learn(node, outputs(node));
    zeros.learn(node, outputs(node));
  }

  /** Looks at a node whose outputs a run is given, whatever it computes. */
  void learnFed(NodeDef node) {
    sizes.learnFed(node, outputs(node));
  }

  private int outputs(NodeDef node) {
    Integer count = definitions.outputs(node);
    return count == null ? 0 : count;
  }

  ZeroStates zeros() {
    return zeros;
  }

  /** The value of a small integer tensor, or null. */
  @Nullable KnownInts value(TensorRef tensor) {
    return known.get(tensor);
  }

  TensorItems items() {
    return items;
  }

  /** Computes the value of a node's only output; null if it is not known. */
  @Nullable KnownInts compute(NodeDef node) {
    return switch (node.getOp()) {
      case "Shape", "Rank", "Size" -> ofShape(node, shape(TensorRef.parse(node.getInput(0))));
      case "TensorListLength" -> {
        Integer length = items.length(node);
        yield length == null ? null : KnownInts.scalar(DataType.DT_INT32, length);
      }
      default -> {
        yield outputs(node) == 1 ? IndexArithmetic.of(node, inputs(node)) : null;
      }
    };
  }

  private List<@Nullable KnownInts> inputs(NodeDef node) {
    List<@Nullable KnownInts> inputs = new ArrayList<>();
    for (String input : node.getInputList()) {
      TensorRef tensor = TensorRef.parse(input);
      if (!tensor.isControl()) {
        inputs.add(known.get(tensor));
      }
    }
    return inputs;
  }

  private static @Nullable KnownInts ofShape(NodeDef node, Shape shape) {
    if (shape.isUnknown()) {
      return null;
    }
    AttrValue given = node.getAttrMap().get("out_type");
    DataType type = given == null ? DataType.DT_INT32 : given.getType();
    return switch (node.getOp()) {
      case "Shape" -> KnownInts.sizes(type, shape);
      case "Rank" -> KnownInts.scalar(DataType.DT_INT32, shape.numDimensions());
      default -> shape.hasUnknownDimension() ? null : KnownInts.scalar(type, shape.size());
    };
  }

  /** The shape of a tensor as far as TensorFlow or the sizes that it is made of tell. */
  private Shape shape(TensorRef tensor) {
    Shape shape = inferred(tensor);
    List<String> terms = sizes.of(tensor);
    if (terms == null || !(shape.isUnknown() || shape.hasUnknownDimension())) {
      return shape;
    }
    return Shape.of(
        terms.stream()
            .mapToLong(term -> SymbolicSizes.isNumber(term) ? Long.parseLong(term) : -1)
            .toArray());
  }

  /** The shape of a tensor that was in the graph before, as far as TensorFlow infers it. */
  private Shape inferred(TensorRef tensor) {
    Operation operation = shapes.operation(tensor.node());
    return operation == null || tensor.index() >= operation.numOutputs()
        ? Shape.unknown()
        : operation.output(tensor.index()).shape();
  }
}
