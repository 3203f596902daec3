package org.tfmot.techniques.testing;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Writes a function of a graph's library, as Python's tracing does. Types of operands become the
 * operations' attributes; tensors have the functions' notation, {@code node:output:index}.
 */
final class FunctionWriter {

  private static final Map<String, OpDef> OPS = new HashMap<>();

  static {
    TensorFlow.registeredOpList().getOpList().forEach(op -> OPS.put(op.getName(), op));
  }

  private final FunctionDef.Builder function = FunctionDef.newBuilder();
  private final Map<String, DataType> types = new HashMap<>();

  FunctionWriter(String name) {
    function.getSignatureBuilder().setName(name);
  }

  /** The functions' name. */
  String name() {
    return function.getSignature().getName();
  }

  /** Adds an argument. */
  String argument(String name, DataType type) {
    function
        .getSignatureBuilder()
        .addInputArg(OpDef.ArgDef.newBuilder().setName(name).setType(type));
    types.put(name, type);
    return name;
  }

  /** Adds a result. */
  void result(String name, String tensor) {
    function
        .getSignatureBuilder()
        .addOutputArg(OpDef.ArgDef.newBuilder().setName(name).setType(type(tensor)));
    function.putRet(name, tensor);
  }

  /** The type of a tensor. */
  DataType type(String tensor) {
    return Objects.requireNonNull(types.get(tensor), tensor);
  }

  /** Adds a constant. */
  String constant(String name, TensorProto value) {
    return add(NodeBuilder.constant(name, value), List.of(value.getDtype()));
  }

  /** Adds an int32 constant: a scalar. */
  String number(String name, int value) {
    return constant(name, TensorProtos.scalar(value));
  }

  /** Adds an int32 constant: a vector. */
  String numbers(String name, int... values) {
    return constant(name, TensorProtos.ints(Shape.of(values.length), values));
  }

  /** Adds an operation; its first output. */
  String op(String type, String name, String... inputs) {
    return op(type, name, Map.of(), inputs);
  }

  /** Adds an operation with attributes that no operand tells; its first output. */
  String op(String type, String name, Map<String, ?> attributes, String... inputs) {
    OpDef definition = Objects.requireNonNull(OPS.get(type), type);
    NodeBuilder node = NodeBuilder.op(type, name).inputs(inputs);
    Map<String, Object> all = new HashMap<>(attributes);
    List<String> data = Arrays.stream(inputs).filter(input -> !input.startsWith("^")).toList();
    int next = 0;
    for (OpDef.ArgDef argument : definition.getInputArgList()) {
      boolean many = !argument.getNumberAttr().isEmpty() || !argument.getTypeListAttr().isEmpty();
      int count = many ? data.size() - definition.getInputArgCount() + 1 : 1;
      List<DataType> given = data.subList(next, next + count).stream().map(this::type).toList();
      next += count;
      if (!argument.getNumberAttr().isEmpty()) {
        all.put(argument.getNumberAttr(), count);
      }
      if (!argument.getTypeListAttr().isEmpty()) {
        all.put(argument.getTypeListAttr(), given);
      } else if (!argument.getTypeAttr().isEmpty()) {
        all.put(argument.getTypeAttr(), given.get(0));
      }
    }
    all.forEach(node::attr);
    return add(node.build(), outputs(definition, all));
  }

  private static List<DataType> outputs(OpDef definition, Map<String, Object> attributes) {
    List<DataType> types = new ArrayList<>();
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      Object count = attributes.get(output.getNumberAttr());
      if (!output.getTypeListAttr().isEmpty()) {
        for (Object type :
            (List<?>) Objects.requireNonNull(attributes.get(output.getTypeListAttr()))) {
          types.add((DataType) type);
        }
      } else {
        Object type = attributes.get(output.getTypeAttr());
        DataType one = type == null ? defaultType(definition, output) : (DataType) type;
        for (int i = 0; i < (count == null ? 1 : ((Number) count).intValue()); i++) {
          types.add(one);
        }
      }
    }
    return types;
  }

  private static DataType defaultType(OpDef definition, OpDef.ArgDef output) {
    return definition.getAttrList().stream()
        .filter(attr -> attr.getName().equals(output.getTypeAttr()))
        .map(attr -> attr.getDefaultValue().getType())
        .findFirst()
        .orElse(output.getType());
  }

  private String add(NodeDef node, List<DataType> outputs) {
    function.addNodeDef(node);
    OpDef definition = Objects.requireNonNull(OPS.get(node.getOp()));
    String first = null;
    int next = 0;
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      boolean many = !output.getNumberAttr().isEmpty() || !output.getTypeListAttr().isEmpty();
      int count = many ? outputs.size() - definition.getOutputArgCount() + 1 : 1;
      for (int i = 0; i < count; i++) {
        String tensor = node.getName() + ":" + output.getName() + ":" + i;
        types.put(tensor, outputs.get(next++));
        first = first == null ? tensor : first;
      }
    }
    return first == null ? "^" + node.getName() : first;
  }

  /** Another output of an operation with a list of outputs. */
  static String output(String first, int index) {
    return first.substring(0, first.lastIndexOf(':') + 1) + index;
  }

  /** An attribute that names a function. */
  static AttrValue function(@Nullable String name) {
    return AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(name)).build();
  }

  /** Sets an attribute of the function. */
  void attribute(String name, String value) {
    function.putAttr(name, AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build());
  }

  FunctionDef build() {
    return function.build();
  }
}
