package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Buffers of a file by tensor; equal constants may share one.
 *
 * @param tensors the tables of all tensors
 */
record TensorBuffers(List<FlatTable> tensors) {

  /** The buffer of a tensor. */
  int of(int tensor) {
    return tensors.get(tensor).getInt(SchemaFields.TENSOR_BUFFER, 0);
  }

  /** Returns the number of tensors with this buffer. */
  long users(int buffer) {
    return IntStream.range(0, tensors.size()).filter(tensor -> of(tensor) == buffer).count();
  }
}
