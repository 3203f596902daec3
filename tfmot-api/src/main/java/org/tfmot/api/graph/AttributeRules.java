package org.tfmot.api.graph;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Checks values of attributes that the definitions of operations leave open and the kernels take
 * for granted: windows, strides and dilations of convolutions and pools, their paddings, and
 * equations.
 */
final class AttributeRules {

  /** Lists with a size for each dimension of the operand, at least 1. */
  private static final Set<String> WINDOWS =
      Set.of("strides", "dilations", "ksize", "ksizes", "rates");

  private static final String PADDINGS = "explicit_paddings";
  private static final String EQUATION = "equation";

  /** One term of an equation: letters, and at most one ellipsis. */
  private static final Pattern TERM = Pattern.compile("[a-zA-Z]*(\\.\\.\\.)?[a-zA-Z]*");

  private static final int ANY = -1;

  private AttributeRules() {}

  /**
   * Verifies an attribute that has the kind that its operation defines.
   *
   * @throws IllegalArgumentException naming the attribute and what it may be
   */
  static void verify(NodeDef node, String name) {
    AttrValue value = node.getAttrMap().get(name);
    if (value == null) {
      return;
    }
    String fault = null;
    if (WINDOWS.contains(name) && value.hasList()) {
      fault = windowFault(value.getList().getIList(), dimensions(node.getOp()));
    } else if (name.equals(PADDINGS) && value.hasList()) {
      fault = paddingFault(node, value.getList().getIList());
    } else if (name.equals(EQUATION) && node.containsAttr("N")) {
      fault = equationFault(value.getS().toStringUtf8(), node.getAttrOrThrow("N").getI());
    }
    if (fault != null) {
      throw new IllegalArgumentException("its attribute \"%s\" is %s".formatted(name, fault));
    }
  }

  /** Returns the rank of what an operation's windows move over, or {@link #ANY}. */
  private static int dimensions(String op) {
    if (op.equals("Conv")) {
      return ANY;
    }
    return op.contains("3D") || op.contains("Volume") ? 5 : 4;
  }

  private static @Nullable String windowFault(List<Long> sizes, int dimensions) {
    boolean fits = dimensions == ANY || sizes.size() == dimensions;
    if (fits && sizes.stream().allMatch(size -> size >= 1 && size <= Integer.MAX_VALUE)) {
      return null;
    }
    return "%s; it has %s numbers from 1 on"
        .formatted(sizes, dimensions == ANY ? "only" : Integer.toString(dimensions));
  }

  private static @Nullable String paddingFault(NodeDef node, List<Long> paddings) {
    int dimensions = dimensions(node.getOp());
    String padding =
        node.getAttrOrDefault("padding", AttrValue.getDefaultInstance()).getS().toStringUtf8();
    if (dimensions == ANY || !node.containsAttr("padding")) {
      return null;
    }
    if (!padding.equals("EXPLICIT")) {
      return paddings.isEmpty()
          ? null
          : "%s; with padding \"%s\" it is empty".formatted(paddings, padding);
    }
    return paddings.size() == 2 * dimensions
            && paddings.stream().allMatch(size -> size >= 0 && size <= Integer.MAX_VALUE)
        ? null
        : "%s; with padding \"EXPLICIT\" it has %d numbers from 0 on"
            .formatted(paddings, 2 * dimensions);
  }

  private static @Nullable String equationFault(String equation, long operands) {
    String[] sides = equation.replace(" ", "").split("->", -1);
    String[] terms = sides[0].split(",", -1);
    boolean valid = sides.length == 2 && terms.length == operands;
    for (String term : terms) {
      valid &= TERM.matcher(term).matches();
    }
    if (valid && TERM.matcher(sides[1]).matches()) {
      return null;
    }
    return "\"%s\"; it has %d terms of letters between commas, and one behind \"->\""
        .formatted(equation, operands);
  }
}
