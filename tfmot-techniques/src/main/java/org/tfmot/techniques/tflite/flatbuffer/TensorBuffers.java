package org.tfmot.techniques.tflite.flatbuffer;

import java.util.List;
import java.util.stream.IntStream;
import org.apiguardian.api.API;

/**
 * Buffers of a file by tensor; equal constants may share one.
 *
 * @param tensors the tables of all tensors
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record TensorBuffers(List<FlatTable> tensors) {

  /** The buffer of a tensor. */
  public int of(int tensor) {
    return tensors.get(tensor).getInt(SchemaFields.TENSOR_BUFFER, 0);
  }

  /** Returns the number of tensors with this buffer. */
  public long users(int buffer) {
    return IntStream.range(0, tensors.size()).filter(tensor -> of(tensor) == buffer).count();
  }
}
