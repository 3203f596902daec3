package org.tfmot.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;

/**
 * Cuts a graph at its inputs. Models for serving may name a tensor in the middle of a graph as an
 * input, such as one behind the parsing of examples. A session that is fed such a tensor does not
 * run the nodes before it; nor are they part of the model: the input becomes a placeholder of the
 * tensor's type and shape. So no technique, report or file has to think of it.
 *
 * <p>A node with this output only leaves its name to the placeholder. One with several outputs may
 * still be needed for others: the placeholder then is {@code node_output_index}.
 */
final class InnerInputs {

  /** Types above this number are references to a variable's buffer. */
  private static final int REFERENCES = 100;

  private InnerInputs() {}

  /**
   * Cuts a graph.
   *
   * @return the endpoints, with the placeholders' tensors
   * @throws IllegalArgumentException if the type of an input cannot be inferred
   */
  static Endpoints cut(GraphEditor editor, Endpoints endpoints, OpDefinitions definitions) {
    Map<TensorRef, Output<?>> found = new LinkedHashMap<>();
    List<TensorRef> inner = new ArrayList<>();
    for (String input : endpoints.inputs().values()) {
      TensorRef tensor = TensorRef.parse(input);
      if (!isPlaceholder(editor.node(tensor.node())) && !inner.contains(tensor)) {
        inner.add(tensor);
      }
    }
    if (inner.isEmpty()) {
      return endpoints;
    }
    Map<TensorRef, TensorRef> placeholders = new LinkedHashMap<>();
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, part(editor, inner));
      inner.forEach(tensor -> found.put(tensor, graph.outputOrThrow(tensor.qualified())));
      found.forEach(
          (tensor, output) ->
              placeholders.put(tensor, replace(editor, tensor, output, definitions)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the type of the inputs %s cannot be inferred: %s".formatted(inner, e.getMessage()), e);
    }
    return moved(endpoints, placeholders);
  }

  static boolean isPlaceholder(NodeDef node) {
    return node.getOp().startsWith("Placeholder");
  }

  private static GraphDef part(GraphEditor editor, List<TensorRef> tensors) {
    GraphEditor before = new GraphEditor(editor.build());
    before.retain(tensors.stream().map(TensorRef::node).toList());
    return before.build();
  }

  private static TensorRef replace(
      GraphEditor editor, TensorRef tensor, Output<?> output, OpDefinitions definitions) {
    NodeDef node = editor.node(tensor.node());
    @Nullable Integer outputs = definitions.outputs(node);
    boolean alone = outputs != null && outputs == 1;
    String name =
        alone ? tensor.node() : editor.uniqueName(tensor.node() + "_output_" + tensor.index());
    NodeDef placeholder =
        NodeBuilder.op("Placeholder", name)
            .attr("dtype", type(output))
            .attr("shape", output.shape())
            .build();
    if (alone) {
      editor.replace(placeholder);
    } else {
      editor.add(placeholder);
      editor.redirect(tensor, TensorRef.of(name), user -> true);
    }
    return TensorRef.of(name);
  }

  private static DataType type(Output<?> output) {
    int number = output.dataType().getNumber();
    return Objects.requireNonNull(
        DataType.forNumber(number > REFERENCES ? number - REFERENCES : number));
  }

  private static Endpoints moved(Endpoints endpoints, Map<TensorRef, TensorRef> placeholders) {
    Endpoints.Builder moved = endpoints.toBuilder();
    endpoints.inputs().forEach((name, tensor) -> moved.input(name, moved(tensor, placeholders)));
    endpoints.outputs().forEach((name, tensor) -> moved.output(name, moved(tensor, placeholders)));
    return moved.build();
  }

  private static String moved(String tensor, Map<TensorRef, TensorRef> placeholders) {
    TensorRef reference = TensorRef.parse(tensor);
    return placeholders.getOrDefault(reference, reference).qualified();
  }
}
