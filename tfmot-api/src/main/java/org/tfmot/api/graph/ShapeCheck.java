package org.tfmot.api.graph;

import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.TensorShapeProto;

/** Checks shape messages by the rules that TensorFlow asserts. */
final class ShapeCheck {

  /** The largest rank that TensorFlow has room for; beyond it the process ends. */
  static final int MOST_DIMENSIONS = 254;

  private ShapeCheck() {}

  /** Returns the fault of a shape in which -1 is an open size, or null. */
  static @Nullable String faultOf(TensorShapeProto shape) {
    return fault(shape, -1);
  }

  /** Returns the fault of the shape of a value, in which all sizes are known, or null. */
  static @Nullable String faultOfKnown(TensorShapeProto shape) {
    return shape.getUnknownRank() ? "a value of unknown rank" : fault(shape, 0);
  }

  private static @Nullable String fault(TensorShapeProto shape, int least) {
    if (shape.getUnknownRank()) {
      return shape.getDimCount() == 0 ? null : "a shape of unknown rank with sizes";
    }
    if (shape.getDimCount() > MOST_DIMENSIONS) {
      return "a shape of %d dimensions; TensorFlow takes at most %d"
          .formatted(shape.getDimCount(), MOST_DIMENSIONS);
    }
    long elements = 1;
    for (TensorShapeProto.Dim dim : shape.getDimList()) {
      long size = dim.getSize();
      if (size < least) {
        return "a dimension of size " + size;
      }
      if (size > 0 && elements > Long.MAX_VALUE / size) {
        return "a shape with more than 2^63 elements";
      }
      elements *= Math.max(1, size);
    }
    return null;
  }

  /** Returns the number of elements of a shape that has no fault. */
  static long elements(TensorShapeProto shape) {
    long elements = 1;
    for (TensorShapeProto.Dim dim : shape.getDimList()) {
      elements *= dim.getSize();
    }
    return elements;
  }
}
