package org.tfmot.api.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Checks a node's attributes: those that its operation defines by kind, least value and allowed
 * values, and all of them for shapes and tensors that cannot be. Attributes that the operation does
 * not define pass, since a later TensorFlow may have added them.
 */
final class AttributeCheck {

  /**
   * Protocol buffers are read 100 messages deep, of which a function in an attribute takes three.
   */
  private static final int MOST_NESTED = 25;

  private AttributeCheck() {}

  /**
   * Verifies the attributes of a node.
   *
   * @param signature its operation, or null if it is not known
   * @param inFunction whether a value may be left to the calls of a function
   * @throws IllegalArgumentException naming the attribute
   */
  static void verify(NodeDef node, @Nullable OpSignature signature, boolean inFunction) {
    verifyValues(node.getAttrMap());
    if (signature != null) {
      for (OpDef.AttrDef attribute : signature.definition().getAttrList()) {
        AttrValue value = node.getAttrMap().get(attribute.getName());
        if (value == null
            ? !attribute.hasDefaultValue()
            : !fits(attribute, value, inFunction) && !isDefault(attribute, value)) {
          throw new IllegalArgumentException(
              value == null
                  ? "it lacks the attribute \"%s\"".formatted(attribute.getName())
                  : "its attribute \"%s\" is not a valid %s: %s"
                      .formatted(attribute.getName(), attribute.getType(), shortened(value)));
        }
        AttributeRules.verify(node, attribute.getName());
      }
    }
    if (node.getOp().equals("Const")) {
      verifyConstant(node);
    }
  }

  /** Verifies shapes and tensors of attributes, also those that functions are named with. */
  static void verifyValues(Map<String, AttrValue> attributes) {
    Deque<Value> open = new ArrayDeque<>();
    attributes.forEach((name, value) -> open.add(new Value(name, value, 0)));
    while (!open.isEmpty()) {
      Value entry = open.pop();
      AttrValue value = entry.value();
      if (entry.depth() > MOST_NESTED) {
        throw new IllegalArgumentException(
            "its attribute \"%s\" names functions with attributes that name functions, more than %d deep; TensorFlow reads no such message"
                .formatted(entry.name(), MOST_NESTED));
      }
      String fault =
          switch (value.getValueCase()) {
            case TENSOR -> TensorCheck.faultOf(value.getTensor());
            case SHAPE -> ShapeCheck.faultOf(value.getShape());
            case LIST -> faultOf(value.getList());
            default -> null;
          };
      if (fault != null) {
        throw new IllegalArgumentException(
            "its attribute \"%s\" has %s".formatted(entry.name(), fault));
      }
      List<NameAttrList> functions =
          value.hasFunc() ? List.of(value.getFunc()) : value.getList().getFuncList();
      for (NameAttrList function : functions) {
        function
            .getAttrMap()
            .forEach((name, inner) -> open.push(new Value(name, inner, entry.depth() + 1)));
      }
    }
  }

  /** An attribute's value, and how many functions it is within. */
  private record Value(String name, AttrValue value, int depth) {}

  private static @Nullable String faultOf(AttrValue.ListValue list) {
    for (TensorProto tensor : list.getTensorList()) {
      String fault = TensorCheck.faultOf(tensor);
      if (fault != null) {
        return fault;
      }
    }
    for (TensorShapeProto shape : list.getShapeList()) {
      String fault = ShapeCheck.faultOf(shape);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static void verifyConstant(NodeDef node) {
    DataType said = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    DataType held =
        node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor().getDtype();
    if (said != held && said != DataType.DT_INVALID) {
      throw new IllegalArgumentException(
          "it says that it is %s and holds %s".formatted(said, held));
    }
  }

  private static boolean fits(OpDef.AttrDef attribute, AttrValue value, boolean inFunction) {
    if (value.getValueCase() == AttrValue.ValueCase.PLACEHOLDER) {
      return inFunction;
    }
    String kind = attribute.getType();
    if (kind.startsWith("list(")) {
      // TensorFlow takes a value of no kind for an empty list.
      boolean list = value.hasList() || value.getValueCase() == AttrValue.ValueCase.VALUE_NOT_SET;
      return list && fitsList(attribute, kind.substring(5, kind.length() - 1), value);
    }
    return switch (kind) {
      case "string" -> value.getValueCase() == AttrValue.ValueCase.S && isAllowed(attribute, value);
      case "int" ->
          value.getValueCase() == AttrValue.ValueCase.I
              && (!attribute.getHasMinimum() || value.getI() >= attribute.getMinimum());
      case "float" -> value.getValueCase() == AttrValue.ValueCase.F;
      case "bool" -> value.getValueCase() == AttrValue.ValueCase.B;
      case "type" ->
          value.getValueCase() == AttrValue.ValueCase.TYPE
              && TensorCheck.isKnown(value.getType())
              && isAllowed(attribute, value);
      case "shape" -> value.hasShape();
      case "tensor" -> value.hasTensor();
      case "func" -> value.hasFunc();
      default -> true;
    };
  }

  /** An operation may have a default that its own rules do not allow. */
  private static boolean isDefault(OpDef.AttrDef attribute, AttrValue value) {
    return attribute.hasDefaultValue() && value.equals(attribute.getDefaultValue());
  }

  private static boolean fitsList(OpDef.AttrDef attribute, String kind, AttrValue value) {
    AttrValue.ListValue list = value.getList();
    int count =
        switch (kind) {
          case "string" -> list.getSCount();
          case "int" -> list.getICount();
          case "float" -> list.getFCount();
          case "bool" -> list.getBCount();
          case "type" -> list.getTypeCount();
          case "shape" -> list.getShapeCount();
          case "tensor" -> list.getTensorCount();
          default -> list.getFuncCount();
        };
    List<DataType> types = list.getTypeList();
    return count == elements(list)
        && (!attribute.getHasMinimum() || count >= attribute.getMinimum())
        && types.stream().allMatch(TensorCheck::isKnown)
        && (types.isEmpty()
            || !attribute.hasAllowedValues()
            || attribute.getAllowedValues().getList().getTypeList().containsAll(types));
  }

  private static int elements(AttrValue.ListValue list) {
    return list.getSCount()
        + list.getICount()
        + list.getFCount()
        + list.getBCount()
        + list.getTypeCount()
        + list.getShapeCount()
        + list.getTensorCount()
        + list.getFuncCount();
  }

  private static boolean isAllowed(OpDef.AttrDef attribute, AttrValue value) {
    if (!attribute.hasAllowedValues()) {
      return true;
    }
    AttrValue.ListValue allowed = attribute.getAllowedValues().getList();
    return value.getValueCase() == AttrValue.ValueCase.S
        ? allowed.getSList().contains(value.getS())
        : allowed.getTypeList().contains(value.getType());
  }

  private static String shortened(AttrValue value) {
    String text = value.toString().strip().replaceAll("\\s+", " ");
    return text.length() > 80 ? text.substring(0, 80) + "..." : text.isEmpty() ? "none" : text;
  }
}
