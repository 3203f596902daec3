package org.tfmot.api.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Checks the nodes of a graph or of a function's body: their names, attributes, inputs, and that
 * they do not wait for each other in a circle.
 */
final class NodesCheck {

  private static final Set<String> LOOP_ENDS = Set.of("NextIteration", "RefNextIteration");
  private static final Set<String> LOOP_ENTRIES = Set.of("Enter", "RefEnter");
  private static final Set<String> LOOP_STARTS = Set.of("Merge", "RefMerge");

  /** Syntax of inputs in a kind of graph. */
  interface Inputs {
    /**
     * Returns the output that a data input reads.
     *
     * @throws IllegalArgumentException if there is none
     */
    Source find(String input);
  }

  /**
   * An output of a node.
   *
   * @param node its number, or -1 for a function's argument
   * @param type its type, or {@link OpSignature#OPEN}
   */
  record Source(int node, DataType type) {}

  private final List<NodeDef> nodes;
  private final OpDefinitions definitions;
  private final @Nullable String function;
  private final Map<String, Integer> numbers;
  private final List<@Nullable List<DataType>> outputs;

  /**
   * A check of nodes.
   *
   * @param function the name of the function whose body they are, or null
   */
  NodesCheck(List<NodeDef> nodes, OpDefinitions definitions, @Nullable String function) {
    this.nodes = nodes;
    this.definitions = definitions;
    this.function = function;
    numbers = new HashMap<>(2 * nodes.size());
    outputs = new ArrayList<>(nodes.size());
  }

  /** Verifies names and attributes, which is what the inputs are checked against. */
  void verifyNodes() {
    for (NodeDef node : nodes) {
      OpSignature signature = definitions.find(node.getOp());
      try {
        verifyName(node.getName());
        if (numbers.put(node.getName(), numbers.size()) != null) {
          throw new IllegalArgumentException("another node has the same name");
        }
        AttributeCheck.verify(node, signature, function != null);
        outputs.add(signature == null ? null : signature.outputTypes(node));
      } catch (IllegalArgumentException e) {
        throw invalid(node, e);
      }
    }
  }

  /**
   * Verifies the inputs.
   *
   * @return the chains of nodes, whose order {@link #disorder} verifies
   */
  Chains verifyInputs(Inputs inputs) {
    Chains chains = new Chains(nodes.size());
    for (int number = 0; number < nodes.size(); number++) {
      try {
        verifyInputs(number, inputs, chains);
      } catch (IllegalArgumentException e) {
        throw invalid(nodes.get(number), e);
      }
    }
    return chains;
  }

  /** Returns what is wrong with the order; null if each node can come after all that it needs. */
  @Nullable IllegalArgumentException disorder(Chains chains) {
    if (chains.sort()) {
      return null;
    }
    List<Integer> circle = chains.circle();
    return invalid(
        nodes.get(circle.get(0)),
        new IllegalArgumentException(
            "it needs its own output: "
                + circle.stream()
                    .limit(10)
                    .map(i -> '"' + nodes.get(i).getName() + '"')
                    .collect(Collectors.joining(" -> "))
                + (circle.size() > 10 ? " -> ..." : "")));
  }

  /**
   * Returns whether a loop's first value comes through an {@code Enter}: a circle through {@code
   * NextIteration} alone has no frame, and TensorFlow waits for it without end.
   */
  private boolean isEntered(NodeDef merge, Inputs inputs) {
    for (String input : merge.getInputList()) {
      if (!input.startsWith("^")) {
        int source = inputs.find(input).node();
        if (source >= 0 && LOOP_ENTRIES.contains(nodes.get(source).getOp())) {
          return true;
        }
      }
    }
    return false;
  }

  private void verifyInputs(int number, Inputs inputs, Chains chains) {
    NodeDef node = nodes.get(number);
    boolean starts = LOOP_STARTS.contains(node.getOp()) && isEntered(node, inputs);
    List<Source> data = new ArrayList<>(node.getInputCount());
    boolean ordered = false;
    for (String input : node.getInputList()) {
      int source;
      if (input.startsWith("^")) {
        ordered = true;
        source = waitsFor(input, inputs);
      } else if (ordered) {
        throw new IllegalArgumentException(
            "its input \"%s\" stands behind control dependencies".formatted(input));
      } else {
        Source found = inputs.find(input);
        data.add(found);
        source = found.node();
      }
      boolean end = source >= 0 && LOOP_ENDS.contains(nodes.get(source).getOp());
      if (end && !starts) {
        // TensorFlow's importer follows a null pointer, or TensorFlow waits without end.
        throw new IllegalArgumentException(
            "it reads \"%s\", the end of a loop's step (%s), which only a Merge reads whose first"
                    .formatted(nodes.get(source).getName(), nodes.get(source).getOp())
                + " value comes through an Enter");
      }
      if (source >= 0 && !end) {
        chains.link(source, number);
      }
    }
    OpSignature signature = definitions.find(node.getOp());
    List<DataType> expected = signature == null ? null : signature.inputTypes(node);
    if (expected != null) {
      verifyTypes(node, data, expected);
    }
  }

  private static void verifyTypes(NodeDef node, List<Source> data, List<DataType> expected) {
    if (data.size() != expected.size()) {
      throw new IllegalArgumentException(
          "it has %d inputs, but %s takes %d"
              .formatted(data.size(), node.getOp(), expected.size()));
    }
    for (int i = 0; i < data.size(); i++) {
      DataType given = OpDefinitions.base(data.get(i).type());
      DataType taken = OpDefinitions.base(expected.get(i));
      if (given != taken && given != OpSignature.OPEN && taken != OpSignature.OPEN) {
        throw new IllegalArgumentException(
            "its input %d, \"%s\", is %s, not %s".formatted(i, node.getInput(i), given, taken));
      }
    }
  }

  private int waitsFor(String control, Inputs inputs) {
    Integer node = number(control.substring(1));
    return node == null ? inputs.find(control).node() : node;
  }

  /** Says how long the nodes are as parts of chains. */
  void weigh(Chains chains, ToIntFunction<NodeDef> length) {
    for (int number = 0; number < nodes.size(); number++) {
      chains.weigh(number, length.applyAsInt(nodes.get(number)));
    }
  }

  /** Returns the number of outputs that the nodes have. */
  long outputs() {
    return outputs.stream().mapToLong(types -> types == null ? 0 : types.size()).sum();
  }

  /** Returns the number of a node, or null if there is none of that name. */
  @Nullable Integer number(String name) {
    return numbers.get(name);
  }

  /** Returns the node of a number. */
  NodeDef node(int number) {
    return nodes.get(number);
  }

  /**
   * Returns one output of a node.
   *
   * @throws IllegalArgumentException if it has not so many
   */
  Source output(int number, int index) {
    List<DataType> types = outputs.get(number);
    if (types == null) {
      return new Source(number, OpSignature.OPEN);
    }
    if (index >= types.size()) {
      NodeDef node = nodes.get(number);
      throw new IllegalArgumentException(
          "it reads output %d of \"%s\" (%s), which has %d"
              .formatted(index, node.getName(), node.getOp(), types.size()));
    }
    return new Source(number, types.get(index));
  }

  /** Returns the error of an input that is none. */
  IllegalArgumentException missing(String input, String name) {
    return new IllegalArgumentException(
        "its input \"%s\" is not there; of the nodes %s"
            .formatted(input, NearestNames.hint(name, numbers.keySet())));
  }

  /** TensorFlow's rule for the names of nodes, also of those that it adds itself. */
  private static void verifyName(String name) {
    boolean valid = !name.isEmpty() && (isWord(name.charAt(0)) || name.charAt(0) == '.');
    for (int i = 1; i < name.length() && valid; i++) {
      char c = name.charAt(i);
      valid = isWord(c) || c == '.' || c == '-' || c == '/' || c == '>';
    }
    if (!valid) {
      throw new IllegalArgumentException(
          "a name has letters, digits, and after the first one of them also . _ - / >");
    }
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  private IllegalArgumentException invalid(NodeDef node, IllegalArgumentException cause) {
    String where = function == null ? "" : " in the function \"" + function + "\"";
    return new IllegalArgumentException(
        "the node \"%s\" (%s)%s is not valid: %s"
            .formatted(node.getName(), node.getOp(), where, cause.getMessage()),
        cause);
  }
}
