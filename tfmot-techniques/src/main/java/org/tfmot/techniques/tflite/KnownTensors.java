package org.tfmot.techniques.tflite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Shapes and small integer values of a graph's tensors as far as they are known before a run. */
final class KnownTensors {

  private final Map<Integer, int[]> shapes = new HashMap<>();
  private final Map<Integer, Integer> ranks = new HashMap<>();
  private final Map<Integer, long[]> values = new HashMap<>();

  /** Starts with the constants and variables of a graph. */
  KnownTensors(Subgraph graph) {
    List<TfLiteTensor> tensors = graph.tensors();
    for (int i = 0; i < tensors.size(); i++) {
      TfLiteTensor tensor = tensors.get(i);
      boolean given = tensor.isConstant() || tensor.elementCount() == 0;
      if (given || graph.variables().contains(i)) {
        shapes.put(i, declared(tensor));
      }
    }
  }

  /** Returns the shape that the file declares. */
  static int[] declared(TfLiteTensor tensor) {
    long[] sizes = tensor.shape().asArray();
    int[] shape = new int[sizes.length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = (int) sizes[i];
    }
    return shape;
  }

  int @Nullable [] shape(int tensor) {
    return shapes.get(tensor);
  }

  /** Returns the number of dimensions, which may be known where their sizes are not, or -1. */
  int rank(int tensor) {
    int[] shape = shapes.get(tensor);
    return shape == null ? ranks.getOrDefault(tensor, -1) : shape.length;
  }

  /** Sets the number of dimensions of a tensor whose sizes a run computes; -1 if unknown. */
  void setRank(int tensor, int rank) {
    ranks.put(tensor, rank);
  }

  long @Nullable [] values(int tensor) {
    return values.get(tensor);
  }

  /** Sets what is known of a tensor that an operator computes or a caller gives. */
  void set(int tensor, int @Nullable [] shape, long @Nullable [] elements) {
    shapes.remove(tensor);
    ranks.remove(tensor);
    values.remove(tensor);
    if (shape != null) {
      shapes.put(tensor, shape);
    }
    if (elements != null) {
      values.put(tensor, elements);
    }
  }
}
