package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/** Finds what reads a node's first result behind Identities, which the converter drops. */
final class Readers {

  private Readers() {}

  /** Returns the operations that compute the outputs of a model. */
  static Set<String> operations(Collection<String> outputs) {
    return outputs.stream()
        .map(output -> TensorRef.parse(output).node())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns the operations that read a node. */
  static List<NodeDef> of(GraphEditor graph, String node) {
    return of(graph, node, Set.of());
  }

  /**
   * Returns the operations that read a node, and the node or an Identity behind it where that is an
   * output of the model.
   */
  static List<NodeDef> of(GraphEditor graph, String node, Set<String> outputs) {
    List<NodeDef> readers = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(List.of(node));
    while (!open.isEmpty()) {
      String name = open.pop();
      if (outputs.contains(name)) {
        readers.add(graph.node(name));
      }
      for (NodeDef reader : graph.consumers(name)) {
        if (reader.getOp().equals("Identity")) {
          open.push(reader.getName());
        } else {
          readers.add(reader);
        }
      }
    }
    return readers;
  }
}
