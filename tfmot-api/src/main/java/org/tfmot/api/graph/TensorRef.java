package org.tfmot.api.graph;

import org.apiguardian.api.API;

/**
 * A reference to a node's output as GraphDefs write it: {@code node}, {@code node:1} or, for a
 * control dependency, {@code ^node}.
 *
 * @param node the node's name
 * @param index the output's index, or {@link #CONTROL}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TensorRef(String node, int index) {

  /** The index that represents a control dependency. */
  public static final int CONTROL = -1;

  /** Number of digits that fit an int. */
  private static final int MAX_DIGITS = 9;

  /**
   * Reads a reference in GraphDef notation.
   *
   * @throws IllegalArgumentException if what stands behind a colon is not an index
   */
  public static TensorRef parse(String text) {
    Arguments.require(text, "text");
    if (text.startsWith("^")) {
      return new TensorRef(text.substring(1), CONTROL);
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return new TensorRef(text, 0);
    }
    return new TensorRef(text.substring(0, colon), index(text, text.substring(colon + 1)));
  }

  private static int index(String text, String digits) {
    // No sign: -1 would mean a control dependency.
    boolean number = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!number || digits.length() > MAX_DIGITS) {
      throw new IllegalArgumentException(
          "\"%s\" is not the name of a tensor: it must be \"node\" or \"node:index\""
              .formatted(text));
    }
    return Integer.parseInt(digits);
  }

  /** The first output of a node. */
  public static TensorRef of(String node) {
    Arguments.require(node, "node");
    return new TensorRef(node, 0);
  }

  /** Returns whether this is a control dependency. */
  public boolean isControl() {
    return index == CONTROL;
  }

  /** GraphDef notation; the first output is written without its index. */
  @Override
  public String toString() {
    if (isControl()) {
      return "^" + node;
    }
    return index == 0 ? node : node + ":" + index;
  }

  /** The notation that sessions and signatures use: always with the index. */
  public String qualified() {
    return node + ":" + index;
  }
}
