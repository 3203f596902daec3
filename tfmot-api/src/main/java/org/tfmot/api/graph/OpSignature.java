package org.tfmot.api.graph;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** An operation's definition, and the numbers and types of operands that it gives a node. */
final class OpSignature {

  /** Stands for a type that the node does not tell: a function's call fills it in. */
  static final DataType OPEN = DataType.DT_INVALID;

  /** More operands than TensorFlow's own graphs have; it makes room for all of them. */
  private static final long MOST_OPERANDS = 1_000_000;

  private final OpDef definition;
  private final Map<String, OpDef.AttrDef> attributes = new HashMap<>();

  OpSignature(OpDef definition) {
    this.definition = definition;
    definition.getAttrList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
  }

  OpDef definition() {
    return definition;
  }

  boolean hasOutput(String name) {
    return definition.getOutputArgList().stream().anyMatch(o -> o.getName().equals(name));
  }

  /**
   * Returns the types of a node's data inputs, in order; null if the node does not tell how many
   * there are.
   *
   * @throws IllegalArgumentException if there are more than a graph can have
   */
  @Nullable List<DataType> inputTypes(NodeDef node) {
    return types(node, definition.getInputArgList());
  }

  /** Returns the types of a node's outputs, in order; see {@link #inputTypes}. */
  @Nullable List<DataType> outputTypes(NodeDef node) {
    return types(node, definition.getOutputArgList());
  }

  /**
   * Returns the number of outputs before those of a name, or of all if it is null; null if the node
   * does not tell.
   */
  @Nullable Integer outputsBefore(NodeDef node, @Nullable String name) {
    int count = 0;
    for (OpDef.ArgDef output : definition.getOutputArgList()) {
      if (output.getName().equals(name)) {
        return count;
      }
      Integer size = size(node, output);
      if (size == null) {
        return null;
      }
      count += size;
    }
    return count;
  }

  /** Returns how many tensors an operand is, or null if the node does not tell. */
  @Nullable Integer size(NodeDef node, OpDef.ArgDef operand) {
    if (!operand.getNumberAttr().isEmpty()) {
      AttrValue number = attribute(node, operand.getNumberAttr());
      if (number == null || number.getValueCase() != AttrValue.ValueCase.I) {
        return null;
      }
      if (number.getI() < 0 || number.getI() > MOST_OPERANDS) {
        throw new IllegalArgumentException(
            "the attribute \"%s\" asks for %d operands; they are 0 to %d"
                .formatted(operand.getNumberAttr(), number.getI(), MOST_OPERANDS));
      }
      return (int) number.getI();
    }
    if (!operand.getTypeListAttr().isEmpty()) {
      AttrValue types = attribute(node, operand.getTypeListAttr());
      return types == null || types.getValueCase() != AttrValue.ValueCase.LIST
          ? null
          : types.getList().getTypeCount();
    }
    return 1;
  }

  private @Nullable List<DataType> types(NodeDef node, List<OpDef.ArgDef> operands) {
    if (operands.isEmpty()) {
      return List.of();
    }
    // As counts: a number in a file may represent a million operands.
    List<List<DataType>> parts = new ArrayList<>(operands.size());
    long total = 0;
    for (OpDef.ArgDef operand : operands) {
      Integer size = size(node, operand);
      if (size == null || total + size > MOST_OPERANDS) {
        return null;
      }
      total += size;
      parts.add(
          operand.getTypeListAttr().isEmpty()
              ? Collections.nCopies(size, type(node, operand))
              : Objects.requireNonNull(attribute(node, operand.getTypeListAttr()))
                  .getList()
                  .getTypeList());
    }
    return parts.size() == 1 ? parts.get(0) : new Joined(parts, (int) total);
  }

  /** Lists one after the other. */
  private static final class Joined extends AbstractList<DataType> {
    private final List<List<DataType>> parts;
    private final int size;

    Joined(List<List<DataType>> parts, int size) {
      this.parts = parts;
      this.size = size;
    }

    @Override
    public DataType get(int index) {
      int rest = index;
      for (List<DataType> part : parts) {
        if (rest < part.size()) {
          return part.get(rest);
        }
        rest -= part.size();
      }
      throw new IndexOutOfBoundsException(index);
    }

    @Override
    public int size() {
      return size;
    }
  }

  private DataType type(NodeDef node, OpDef.ArgDef operand) {
    if (operand.getTypeAttr().isEmpty()) {
      return operand.getType();
    }
    AttrValue type = attribute(node, operand.getTypeAttr());
    return type == null || type.getValueCase() != AttrValue.ValueCase.TYPE ? OPEN : type.getType();
  }

  /** Returns the definition of an attribute, or null if the operation has none of that name. */
  OpDef.@Nullable AttrDef find(String attribute) {
    return attributes.get(attribute);
  }

  private @Nullable AttrValue attribute(NodeDef node, String name) {
    AttrValue given = node.getAttrMap().get(name);
    if (given != null) {
      return given;
    }
    OpDef.AttrDef attribute = attributes.get(name);
    return attribute != null && attribute.hasDefaultValue() ? attribute.getDefaultValue() : null;
  }
}
