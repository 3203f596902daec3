package org.tfmot.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NearestNames;

/** The two names of a variable: that of its node, and the one that sessions share it by. */
final class VariableNames {

  private VariableNames() {}

  /** Returns the names of variables' nodes by their shared names. */
  static Map<String, String> byShared(List<NodeDef> nodes) {
    Map<String, String> names = new HashMap<>();
    for (NodeDef node : nodes) {
      if (VariableNodes.isVariable(node)) {
        names.putIfAbsent(VariableNodes.sharedName(node), node.getName());
      }
    }
    return names;
  }

  /**
   * Returns the name of the node of a variable.
   *
   * @param wanted one of its names
   * @param variables the names of the nodes of all variables
   * @param nodes the graph, looked at only if the name is not that of a node
   * @throws IllegalArgumentException if there is no such variable
   */
  static String find(String wanted, Set<String> variables, Supplier<List<NodeDef>> nodes) {
    if (variables.contains(wanted)) {
      return wanted;
    }
    String name = byShared(nodes.get()).get(wanted);
    if (name != null && variables.contains(name)) {
      return name;
    }
    throw missing(wanted, variables);
  }

  /** Returns the error of a name that no variable has. */
  static IllegalArgumentException missing(String wanted, Set<String> variables) {
    return new IllegalArgumentException(
        "the model has no variable \"%s\": %s"
            .formatted(wanted, NearestNames.hint(wanted, variables)));
  }
}
