package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;

/**
 * The tensors that a run of a live model fetches, one for each output. TensorFlow refuses one that
 * is fetched twice or is fed, and its optimizer may fuse away one that others read as well: such an
 * output is fetched through an identity.
 */
final class Fetches {

  private static final String NAME = "fetched_output_";

  private Fetches() {}

  /** Returns the tensors in the order of the outputs; adds the identities to the live graph. */
  static List<Output<?>> add(GraphModel model, Graph graph) {
    Set<String> direct = new HashSet<>(model.inputs().values());
    List<Output<?>> fetches = new ArrayList<>();
    for (String tensor : model.outputs().values()) {
      Output<?> output = graph.outputOrThrow(tensor);
      boolean alone =
          direct.add(tensor) && ((GraphOperation) output.op()).numConsumers(output.index()) == 0;
      fetches.add(alone ? output : identity(graph, output, fetches.size()));
    }
    return fetches;
  }

  private static Output<?> identity(Graph graph, Output<?> output, int index) {
    String name = NAME + index;
    while (graph.operation(name) != null) {
      name += "_";
    }
    return Ops.create(graph).withName(name).identity(output).asOutput();
  }
}
