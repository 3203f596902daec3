package org.tfmot.api.graph;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Checks the body of one function, in which inputs are {@code argument}, {@code argument:index},
 * {@code node:output:index} and {@code ^node}.
 */
final class FunctionInputs {

  private final FunctionDef function;
  private final OpDefinitions definitions;
  private final NodesCheck nodes;
  private Chains chains = new Chains(0);
  private final Map<String, OpDef.ArgDef> arguments = new HashMap<>();

  FunctionInputs(FunctionDef function, OpDefinitions definitions) {
    this.function = function;
    this.definitions = definitions;
    this.nodes =
        new NodesCheck(function.getNodeDefList(), definitions, function.getSignature().getName());
  }

  void verify() {
    AttributeCheck.verifyValues(function.getAttrMap());
    function.getArgAttrMap().values().forEach(a -> AttributeCheck.verifyValues(a.getAttrMap()));
    for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
      if (arguments.put(argument.getName(), argument) != null) {
        throw new IllegalArgumentException(
            "it has two arguments \"%s\"".formatted(argument.getName()));
      }
    }
    nodes.verifyNodes();
    for (String argument : arguments.keySet()) {
      if (nodes.number(argument) != null) {
        throw new IllegalArgumentException(
            "its argument \"%s\" and a node in it have the same name".formatted(argument));
      }
    }
    chains = nodes.verifyInputs(this::find);
    IllegalArgumentException disorder = nodes.disorder(chains);
    if (disorder != null) {
      throw disorder;
    }
    for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
      String result = function.getRetMap().get(output.getName());
      if (result == null) {
        throw new IllegalArgumentException(
            "its output \"%s\" has no result".formatted(output.getName()));
      }
      DataType given = OpDefinitions.base(find(result).type());
      DataType said = OpDefinitions.base(type(output));
      if (given != said && given != OpSignature.OPEN && said != OpSignature.OPEN) {
        throw new IllegalArgumentException(
            "its output \"%s\" is %s, and the result \"%s\" %s"
                .formatted(output.getName(), said, result, given));
      }
    }
    for (String effect : function.getControlRetMap().values()) {
      if (nodes.number(effect) == null) {
        throw nodes.missing(effect, effect);
      }
    }
  }

  /** Returns the number of outputs that the nodes have, after {@link #verify}. */
  long outputs() {
    return nodes.outputs();
  }

  /** Returns the longest chain of nodes, each as long as it is told, after {@link #verify}. */
  int longestChain(ToIntFunction<NodeDef> length) {
    nodes.weigh(chains, length);
    chains.sort();
    return chains.longest();
  }

  private NodesCheck.Source find(String input) {
    boolean control = input.startsWith("^");
    String name = control ? input.substring(1) : input;
    int colon = name.indexOf(':');
    String node = colon < 0 ? name : name.substring(0, colon);
    OpDef.ArgDef argument = arguments.get(node);
    if (argument != null) {
      return new NodesCheck.Source(-1, type(argument));
    }
    Integer number = nodes.number(node);
    if (number == null) {
      throw nodes.missing(input, node);
    }
    String[] parts = name.split(":", -1);
    if (control || parts.length != 3) {
      throw new IllegalArgumentException(
          "its input \"%s\" is not written as \"node:output:index\"".formatted(input));
    }
    return output(input, number, parts[1], parts[2]);
  }

  private NodesCheck.Source output(String input, int number, String output, String index) {
    // The same rules for the index as in graphs.
    int place = TensorRef.parse("output:" + index).index();
    NodeDef node = nodes.node(number);
    OpSignature signature = definitions.find(node.getOp());
    if (signature == null) {
      return new NodesCheck.Source(number, OpSignature.OPEN);
    }
    OpDef.@Nullable ArgDef definition =
        signature.definition().getOutputArgList().stream()
            .filter(o -> o.getName().equals(output))
            .findFirst()
            .orElse(null);
    Integer size = definition == null ? null : signature.size(node, definition);
    Integer offset = definition == null ? null : signature.outputsBefore(node, output);
    if (definition == null || (size != null && place >= size)) {
      throw new IllegalArgumentException(
          "its input \"%s\" reads an output that \"%s\" (%s) does not have"
              .formatted(input, node.getName(), node.getOp()));
    }
    return offset == null
        ? new NodesCheck.Source(number, OpSignature.OPEN)
        : nodes.output(number, offset + place);
  }

  private static DataType type(OpDef.ArgDef argument) {
    return argument.getTypeAttr().isEmpty() && argument.getTypeListAttr().isEmpty()
        ? argument.getType()
        : OpSignature.OPEN;
  }
}
