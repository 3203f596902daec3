package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.LoopExpansion.LoopLeft;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Replaces loops by their steps, so that what a loop computes is operations of the graph: layers
 * that techniques know, with weights that all steps share. This is how the recurrent layers of
 * Keras, which Python saves as {@code While} over lists of tensors, are trained on and quantized.
 *
 * <p>Unrolled is a loop whose number of steps follows from constants and from the shapes of the
 * inputs, and which changes nothing. What is the same in every step is there once; lists of tensors
 * become the tensors in them. Nodes are called {@code loop/step/name}, or {@code loop/name} if all
 * steps share them. All other loops stay.
 */
final class LoopUnrolling {

  /** The most steps of one loop, by default. */
  static final int MOST_STEPS = 1024;

  /** The most operations that the loops of a graph may become. */
  static final int MOST_NODES = 500_000;

  private final GraphModel model;
  private final ModelEditor editor;
  private final GraphEditor graph;
  private final GraphKnowledge knowledge;
  private final LoopExpansion expansion;
  private int changes;

  private LoopUnrolling(GraphModel model, Graph shapes, int mostSteps) {
    this.model = model;
    editor = new ModelEditor(model);
    graph = editor.graph();
    FunctionLibrary library = new FunctionLibrary(model.graphDef());
    knowledge = new GraphKnowledge(graph, shapes, library.definitions());
    expansion = new LoopExpansion(graph, library, knowledge, mostSteps);
  }

  /**
   * A model, and the loops in it that stay.
   *
   * @param left the reasons by the loops' names
   */
  record Unrolled(GraphModel model, Map<String, String> left) {}

  /** Unrolls what can be unrolled. */
  static Unrolled unroll(GraphModel model, int mostSteps) {
    if (!has(model, LoopUnrolling::isLoop)) {
      return new Unrolled(model, Map.of());
    }
    GraphModel current = model;
    Map<String, String> left;
    boolean changed;
    // Behind a loop shapes are known only when it is unrolled, and with them the steps of other
    // loops and the items of lists.
    do {
      try (Graph shapes = new Graph()) {
        TensorFlowErrors.importInto(shapes, current.graphDef());
        LoopUnrolling pass = new LoopUnrolling(current, shapes, mostSteps);
        current = pass.run();
        changed = pass.changes > 0;
        left = pass.left();
      }
    } while (changed && has(current, node -> isLoop(node) || isList(node)));
    return new Unrolled(current, left);
  }

  private static boolean has(GraphModel model, Predicate<NodeDef> which) {
    return model.graphDef().getNodeList().stream().anyMatch(which);
  }

  private static boolean isList(NodeDef node) {
    return node.getOp().startsWith("TensorList");
  }

  private static boolean isLoop(NodeDef node) {
    return FunctionLibrary.LOOPS.contains(node.getOp());
  }

  private GraphModel run() {
    Set<String> fed = new HashSet<>();
    model.inputs().values().forEach(tensor -> fed.add(TensorRef.parse(tensor).node()));
    for (NodeDef node : graph.inOrder()) {
      // Its operands may have been replaced.
      if (fed.contains(node.getName())) {
        knowledge.learnFed(graph.node(node.getName()));
      } else {
        visit(graph.node(node.getName()));
      }
    }
    if (changes == 0) {
      return model;
    }
    Endpoints.Builder endpoints = model.endpoints().toBuilder();
    editor.outputs().forEach(endpoints::output);
    GraphDef needed = FunctionLibrary.withNeededOnly(graph.build());
    return GraphModel.of(needed, endpoints.build(), model.variables().values());
  }

  private void visit(NodeDef node) {
    if (isLoop(node)) {
      List<TensorRef> results = expansion.unroll(node, node.getName());
      if (results != null) {
        replace(node, results);
      }
      return;
    }
    NodeDef pack = knowledge.items().packed(node);
    if (pack != null) {
      graph.replace(pack);
      knowledge.learn(pack);
      changes++;
      return;
    }
    knowledge.learn(node);
    TensorRef item = knowledge.items().read(node);
    if (item != null) {
      editor.redirect(TensorRef.of(node.getName()), item, user -> true);
      changes++;
    }
  }

  private void replace(NodeDef loop, List<TensorRef> results) {
    Set<String> waits = new HashSet<>();
    for (int i = 0; i < results.size(); i++) {
      TensorRef result = results.get(i);
      editor.redirect(new TensorRef(loop.getName(), i), result, user -> true);
      waits.add("^" + result.node());
    }
    // Whoever waits for the loop waits for its results.
    graph.replace(
        NodeBuilder.op("NoOp", loop.getName()).inputs(waits.toArray(String[]::new)).build());
    changes++;
  }

  private Map<String, String> left() {
    Map<String, String> reasons = new LinkedHashMap<>();
    expansion
        .left()
        .forEach(
            (name, reason) -> {
              if (graph.find(name) != null && isLoop(graph.node(name))) {
                reasons.put(name, words(reason));
              }
            });
    return reasons;
  }

  private String words(LoopLeft reason) {
    return reason instanceof LoopLeft.Unknown unknown ? unknown.reason() : open();
  }

  /** Names the inputs of which a shape is open. */
  private String open() {
    List<String> open = new ArrayList<>();
    model
        .inputs()
        .forEach(
            (name, tensor) -> {
              NodeDef node = graph.producer(tensor);
              AttrValue given = node.getAttrMap().get("shape");
              Shape shape = given == null ? Shape.unknown() : TensorProtos.shape(given.getShape());
              if (shape.isUnknown() || shape.hasUnknownDimension()) {
                open.add("\"%s\" %s".formatted(name, shape));
              }
            });
    return open.isEmpty()
        ? "its number of steps is open: it depends on values that only a run knows"
        : "its number of steps is open: fix the shape of the model's input %s with withInputShape"
            .formatted(String.join(" or ", open));
  }
}
