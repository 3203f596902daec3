package org.tfmot.api;

import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/** Finds operations whose results differ from run to run. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RandomOperations {

  /** Those whose names do not begin with Random or StatelessRandom. */
  private static final Set<String> OTHERS =
      Set.of(
          "Multinomial",
          "ParameterizedTruncatedNormal",
          "StatefulRandomBinomial",
          "StatefulStandardNormal",
          "StatefulStandardNormalV2",
          "StatefulTruncatedNormal",
          "StatefulUniform",
          "StatefulUniformFullInt",
          "StatefulUniformInt",
          "StatelessMultinomial",
          "StatelessParameterizedTruncatedNormal",
          "StatelessTruncatedNormal",
          "StatelessTruncatedNormalV2",
          "TruncatedNormal");

  private RandomOperations() {}

  /** Returns whether an operation draws numbers. */
  public static boolean isRandom(NodeDef node) {
    String op = node.getOp();
    return op.startsWith("Random") || op.startsWith("StatelessRandom") || OTHERS.contains(op);
  }

  /**
   * Returns whether an operation draws other numbers in every run, whatever it reads; those without
   * a state draw the same ones from the same seed.
   */
  public static boolean differsFromRunToRun(NodeDef node) {
    return isRandom(node) && !node.getOp().startsWith("Stateless");
  }

  /** The random operations whose numbers flow into a model's outputs, in the graph's order. */
  static List<String> in(GraphModel model) {
    GraphEditor graph = new GraphEditor(model.graphDef());
    Set<String> needed =
        graph.dataReachable(
            model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList());
    return graph.nodes().stream()
        .filter(node -> isRandom(node) && needed.contains(node.getName()))
        .map(NodeDef::getName)
        .toList();
  }
}
