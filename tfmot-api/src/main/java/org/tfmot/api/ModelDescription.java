package org.tfmot.api;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.tensorflow.proto.NodeDef;

/** Describes a model in a line, for logs and debuggers. */
final class ModelDescription {

  /** Types of operations that are listed with their numbers. */
  private static final int LISTED = 12;

  private ModelDescription() {}

  static String of(GraphModel model) {
    long values = model.variables().values().stream().mapToLong(v -> v.shape().size()).sum();
    return String.format(
        Locale.ROOT,
        "GraphModel[inputs %s, outputs %s, %s mode, %d variables of %,d values, %s]",
        model.inputs(),
        model.outputs(),
        model.isTraining() ? "training" : "inference",
        model.variables().size(),
        values,
        operations(model));
  }

  /** Returns how many operations of each type there are, the most frequent first. */
  private static String operations(GraphModel model) {
    Map<String, Long> counts =
        model.graphDef().getNodeList().stream()
            .collect(Collectors.groupingBy(NodeDef::getOp, TreeMap::new, Collectors.counting()));
    String listed =
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .limit(LISTED)
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", "));
    int more = counts.size() - LISTED;
    return model.graphDef().getNodeCount()
        + " operations: "
        + listed
        + (more > 0 ? " and " + more + " other types" : "");
  }
}
