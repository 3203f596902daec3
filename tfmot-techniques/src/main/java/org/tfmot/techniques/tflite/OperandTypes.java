package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One combination of operand kinds that a kernel takes, written {@code "q8 w8 i32 > q8"}: inputs,
 * then results. A kind with {@code ...} behind it represents any number of operands from 0 on.
 *
 * @param inputs the kinds of the inputs
 * @param results the kinds of the results
 */
record OperandTypes(Side inputs, Side results) {

  /**
   * Reads a combination.
   *
   * @throws IllegalArgumentException if it has another form
   */
  static OperandTypes of(String text) {
    String[] sides = text.split(" *> *", -1);
    if (sides.length != 2) {
      throw new IllegalArgumentException("no operand types: " + text);
    }
    return new OperandTypes(Side.of(sides[0]), Side.of(sides[1]));
  }

  boolean match(List<@Nullable TfLiteTensor> in, List<@Nullable TfLiteTensor> out) {
    return inputs.matches(in) && results.matches(out);
  }

  @Override
  public String toString() {
    return inputs + " > " + results;
  }

  /**
   * The kinds on one side.
   *
   * @param kinds the kinds in order
   * @param open whether the last one is repeated
   */
  record Side(List<OperandKind> kinds, boolean open) {

    private static final String REPEATED = "...";

    static Side of(String text) {
      boolean open = text.endsWith(REPEATED);
      String names = open ? text.substring(0, text.length() - REPEATED.length()) : text;
      List<OperandKind> kinds = new ArrayList<>();
      if (!names.isBlank()) {
        Arrays.stream(names.trim().split(" +")).map(OperandKind::of).forEach(kinds::add);
      }
      return new Side(kinds, open);
    }

    boolean matches(List<@Nullable TfLiteTensor> tensors) {
      int single = open ? kinds.size() - 1 : kinds.size();
      if (tensors.size() < single || (!open && tensors.size() > single)) {
        return false;
      }
      for (int i = 0; i < tensors.size(); i++) {
        if (!kinds.get(Math.min(i, kinds.size() - 1)).matches(tensors.get(i))) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String toString() {
      return String.join(" ", kinds.stream().map(OperandKind::name).toList())
          + (open ? REPEATED : "");
    }
  }
}
