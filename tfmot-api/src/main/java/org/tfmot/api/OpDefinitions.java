package org.tfmot.api;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * What TensorFlow's own definitions and those of a graph's functions say of nodes, above all how
 * many outputs they have.
 */
final class OpDefinitions {

  /** Parsed once, when the first model is made. */
  private static final class Registered {
    static final Map<String, OpDef> OPS = read();

    private static Map<String, OpDef> read() {
      Map<String, OpDef> definitions = new HashMap<>();
      TensorFlow.registeredOpList().getOpList().forEach(op -> definitions.put(op.getName(), op));
      return definitions;
    }
  }

  private final Map<String, OpDef> functions = new HashMap<>();

  OpDefinitions(GraphDef graph) {
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      functions.put(function.getSignature().getName(), function.getSignature());
    }
  }

  /** Returns whether TensorFlow has a definition of an operation type. */
  static boolean isRegistered(String type) {
    return Registered.OPS.containsKey(type);
  }

  /** The number of a node's outputs, or null for an operation that was loaded from elsewhere. */
  @Nullable Integer of(NodeDef node) {
    return before(node, null);
  }

  /**
   * The number of a node's outputs before those of a name, or null if the operation or the name is
   * not known.
   */
  @Nullable Integer offset(NodeDef node, String output) {
    OpDef definition = definition(node);
    boolean known =
        definition != null
            && definition.getOutputArgList().stream().anyMatch(o -> o.getName().equals(output));
    return known ? before(node, output) : null;
  }

  /**
   * Whether an operation may do more than compute its outputs: it is stateful, writes through a
   * reference, or is not known.
   */
  boolean changesSomething(NodeDef node) {
    OpDef definition = definition(node);
    return definition == null
        || definition.getIsStateful()
        || definition.getInputArgList().stream().anyMatch(OpDef.ArgDef::getIsRef);
  }

  private @Nullable OpDef definition(NodeDef node) {
    OpDef function = functions.get(node.getOp());
    return function != null ? function : Registered.OPS.get(node.getOp());
  }

  private @Nullable Integer before(NodeDef node, @Nullable String name) {
    OpDef definition = definition(node);
    if (definition == null) {
      return null;
    }
    int count = 0;
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      if (output.getName().equals(name)) {
        return count;
      }
      Integer size = size(node, definition, output);
      if (size == null) {
        return null;
      }
      count += size;
    }
    return count;
  }

  private static @Nullable Integer size(NodeDef node, OpDef definition, OpDef.ArgDef output) {
    if (!output.getNumberAttr().isEmpty()) {
      AttrValue number = attribute(node, definition, output.getNumberAttr());
      return number == null ? null : Math.toIntExact(number.getI());
    }
    if (!output.getTypeListAttr().isEmpty()) {
      AttrValue types = attribute(node, definition, output.getTypeListAttr());
      return types == null ? null : types.getList().getTypeCount();
    }
    return 1;
  }

  private static @Nullable AttrValue attribute(NodeDef node, OpDef definition, String name) {
    AttrValue given = node.getAttrMap().get(name);
    if (given != null) {
      return given;
    }
    return definition.getAttrList().stream()
        .filter(attr -> attr.getName().equals(name) && attr.hasDefaultValue())
        .map(OpDef.AttrDef::getDefaultValue)
        .findFirst()
        .orElse(null);
  }
}
