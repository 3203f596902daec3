package org.tfmot.api.functions;

import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;

/** The tables of vocabularies, which a session fills and a graph does not hold. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class LookupTables {

  private LookupTables() {}

  /**
   * Refuses a graph with a table: in another session it would be empty.
   *
   * @throws IllegalArgumentException naming the table
   */
  public static void requireNone(GraphEditor graph) {
    for (NodeDef node : graph.nodes()) {
      if (node.getOp().contains("HashTable")) {
        throw new IllegalArgumentException(
            ("\"%s\" (%s) is a lookup table: what is in it is neither in the graph nor in a"
                    + " variable, and would be lost. Export the model without its vocabulary, as a"
                    + " signature that takes what the table gives")
                .formatted(node.getName(), node.getOp()));
      }
    }
  }
}
