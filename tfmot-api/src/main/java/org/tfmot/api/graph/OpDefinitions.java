package org.tfmot.api.graph;

import java.util.HashMap;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * The operations that nodes of a graph may be: those that the running TensorFlow has registered,
 * and the graph's functions.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class OpDefinitions {

  /** Parsed once, when the first model is made. */
  private static final class Registered {
    static final Map<String, OpSignature> OPS = read();

    private static Map<String, OpSignature> read() {
      Map<String, OpSignature> definitions = new HashMap<>();
      TensorFlow.registeredOpList()
          .getOpList()
          .forEach(op -> definitions.put(op.getName(), new OpSignature(op)));
      return definitions;
    }
  }

  private final Map<String, OpSignature> functions = new HashMap<>();

  /** Knows TensorFlow's operations and a graph's functions. */
  public OpDefinitions(GraphDef graph) {
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      functions.put(function.getSignature().getName(), new OpSignature(function.getSignature()));
    }
  }

  /** Returns whether TensorFlow has a definition of an operation type. */
  public static boolean isRegistered(String type) {
    return Registered.OPS.containsKey(type);
  }

  /** Returns the number of a node's outputs, or null for an operation of another library. */
  public @Nullable Integer outputs(NodeDef node) {
    OpSignature signature = find(node.getOp());
    return signature == null ? null : signature.outputsBefore(node, null);
  }

  /**
   * Returns the number of a node's outputs before those of a name, or null if the operation or the
   * name is not known.
   */
  public @Nullable Integer offset(NodeDef node, String output) {
    OpSignature signature = find(node.getOp());
    return signature == null || !signature.hasOutput(output)
        ? null
        : signature.outputsBefore(node, output);
  }

  /**
   * Returns whether an operation may do more than compute its outputs: it is stateful, writes
   * through a reference, or is not known.
   */
  public boolean changesSomething(NodeDef node) {
    OpSignature signature = find(node.getOp());
    return signature == null
        || signature.definition().getIsStateful()
        || signature.definition().getInputArgList().stream().anyMatch(OpDef.ArgDef::getIsRef);
  }

  /** Returns the signature of an operation or a function, or null if it is not known. */
  @Nullable OpSignature find(String op) {
    OpSignature function = functions.get(op);
    return function != null ? function : Registered.OPS.get(op);
  }

  /** Returns the type that a reference refers to, and any other type as it is. */
  static DataType base(DataType type) {
    boolean reference =
        type != DataType.UNRECOGNIZED && type.getNumber() > DataType.DT_FLOAT_REF_VALUE - 1;
    DataType of =
        reference ? DataType.forNumber(type.getNumber() - (DataType.DT_FLOAT_REF_VALUE - 1)) : type;
    return of == null ? DataType.UNRECOGNIZED : of;
  }
}
