package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.NearestNames;
import org.tfmot.api.session.FedLabels;
import org.tfmot.api.session.FedShapes;

/**
 * Feeds the placeholders of a live graph by name, and verifies each tensor before native code sees
 * it: some kernels end the process at another shape than the graph says, and others compute with a
 * label that is no class as if it were one.
 */
final class Feeds {

  private final GraphModel model;
  private final Graph graph;
  private final FedShapes shapes;
  private final FedLabels labels;

  Feeds(GraphModel model, Graph graph) {
    this.model = model;
    this.graph = graph;
    shapes = new FedShapes(model.graphDef());
    labels = new FedLabels(graph);
  }

  /**
   * Gives a run its tensors.
   *
   * @throws IllegalArgumentException see {@link LiveModel#runner}
   */
  void give(Session.Runner runner, Map<String, ? extends Tensor> feeds) {
    Map<String, Shape> open = new HashMap<>();
    feeds.forEach(
        (name, tensor) -> {
          Arguments.require(tensor, name);
          Output<?> placeholder = placeholder(name);
          requireFits(name, placeholder, tensor);
          if (!model.inputs().containsKey(name)) {
            labels.verify(placeholder.op().name(), tensor);
          } else if (placeholder.shape().isUnknown()) {
            open.put(placeholder.op().name(), tensor.shape());
          }
          runner.feed(placeholder, tensor);
        });
    for (String name : model.inputs().keySet()) {
      if (!feeds.containsKey(name)) {
        throw new IllegalArgumentException("no tensor was given for the input \"" + name + "\"");
      }
    }
    shapes.verify(open);
  }

  private Output<?> placeholder(String name) {
    String input = model.inputs().get(name);
    if (input != null) {
      return graph.outputOrThrow(input);
    }
    GraphOperation added = graph.operation(name);
    if (added != null && added.type().startsWith("Placeholder")) {
      return added.output(0);
    }
    List<String> names = new ArrayList<>(model.inputs().keySet());
    graph
        .operations()
        .forEachRemaining(
            operation -> {
              boolean part = model.inputs().containsValue(operation.name() + ":0");
              if (!part && operation.type().startsWith("Placeholder")) {
                names.add(operation.name());
              }
            });
    throw new IllegalArgumentException(
        "the model has no input \"%s\", and its live graph no placeholder of that name; %s"
            .formatted(name, NearestNames.hint(name, names)));
  }

  private static void requireFits(String name, Output<?> input, Tensor tensor) {
    Shape shape = input.shape();
    if (input.dataType() != tensor.dataType() || !shape.isCompatibleWith(tensor.shape())) {
      throw new IllegalArgumentException(
          "the input \"%s\" takes a %s of shape %s, not a %s of shape %s"
              .formatted(name, input.dataType(), shape, tensor.dataType(), tensor.shape()));
    }
  }
}
