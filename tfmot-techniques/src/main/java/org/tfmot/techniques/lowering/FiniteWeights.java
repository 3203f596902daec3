package org.tfmot.techniques.lowering;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * Refuses weights that are not finite: the file would contain arbitrary numbers for them. An
 * infinite constant that is the bound of a clip, a filler or a mask of attention is no weight, and
 * stays.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FiniteWeights {

  /** Operations that hand on what they are given, wherever it stands in the tensor then. */
  private static final Set<String> MOVERS =
      Set.of(
          "BroadcastTo",
          "Cast",
          "ConcatV2",
          "Enter",
          "ExpandDims",
          "Fill",
          "Identity",
          "Pack",
          "Reshape",
          "Slice",
          "Squeeze",
          "StopGradient",
          "StridedSlice",
          "Tile",
          "Transpose");

  /** Operations that compare with an infinity, or have it where nothing is. */
  private static final Set<String> BOUNDED =
      Set.of(
          "ClipByValue",
          "Equal",
          "Greater",
          "GreaterEqual",
          "Less",
          "LessEqual",
          "Maximum",
          "Minimum",
          "NotEqual",
          "PadV2",
          "Select",
          "SelectV2");

  /** Operations that may have a NaN as what they do not choose. */
  private static final Set<String> CHOOSING = Set.of("Select", "SelectV2");

  private static final Set<String> ADDING = Set.of("Add", "AddV2");

  private FiniteWeights() {}

  /**
   * Verifies the variables of a model.
   *
   * @throws IllegalArgumentException naming one with a value that is not finite
   */
  public static void verify(GraphModel model) {
    for (Variable variable : model.variables().values()) {
      Double value = TensorProtos.notFinite(variable.value());
      if (value != null) {
        throw refused("variable", variable.name(), value);
      }
    }
  }

  /**
   * Verifies the constants of a graph and of its functions.
   *
   * @throws IllegalArgumentException naming one that is a weight with a value that is not finite
   */
  public static void verify(GraphDef graph) {
    verify(graph.getNodeList());
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      verify(function.getNodeDefList());
    }
  }

  private static void verify(List<NodeDef> nodes) {
    ListMultimap<String, NodeDef> users = null;
    for (NodeDef node : nodes) {
      if (node.getOp().equals("Const")) {
        TensorProto tensor =
            node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
        Double value = TensorProtos.notFinite(tensor);
        if (value == null) {
          continue;
        }
        users = users == null ? users(nodes) : users;
        if (isWeight(users, node, tensor, value)) {
          throw refused("constant", node.getName(), value);
        }
      }
    }
  }

  /** Returns the nodes by those whose results they read. */
  private static ListMultimap<String, NodeDef> users(List<NodeDef> nodes) {
    ListMultimap<String, NodeDef> users = ArrayListMultimap.create();
    for (NodeDef node : nodes) {
      node.getInputList().stream()
          .map(FiniteWeights::node)
          .distinct()
          .forEach(producer -> users.put(producer, node));
    }
    return users;
  }

  private static IllegalArgumentException refused(String kind, String name, double value) {
    return new IllegalArgumentException(
        "the %s \"%s\" has a value that is not finite: %s; a file cannot hold it"
            .formatted(kind, name, value));
  }

  /** Follows the few constants that are not finite to the operations that compute with them. */
  private static boolean isWeight(
      ListMultimap<String, NodeDef> users, NodeDef constant, TensorProto tensor, double value) {
    boolean mask =
        value == Double.NEGATIVE_INFINITY && TensorProtos.shape(tensor).numDimensions() > 1;
    Set<String> harmless = Double.isNaN(value) ? CHOOSING : BOUNDED;
    return MovedValues.readers(constant.getName(), users::get, FiniteWeights::moved).stream()
        .map(NodeDef::getOp)
        .anyMatch(
            op -> !MOVERS.contains(op) && !harmless.contains(op) && !(mask && ADDING.contains(op)));
  }

  private static Collection<String> moved(NodeDef user) {
    return MOVERS.contains(user.getOp()) ? List.of(user.getName()) : List.of();
  }

  /** Returns the node of a data input of a graph or a function; empty for a control input. */
  private static String node(String input) {
    int colon = input.indexOf(':');
    return input.startsWith("^") ? "" : colon < 0 ? input : input.substring(0, colon);
  }
}
