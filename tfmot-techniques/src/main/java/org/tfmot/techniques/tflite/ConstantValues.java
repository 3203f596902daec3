package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_BUFFERS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_BUFFER;

import java.nio.ByteBuffer;
import java.util.List;
import org.tfmot.techniques.tflite.flatbuffer.FlatAppendix;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;
import org.tfmot.techniques.tflite.flatbuffer.TensorBuffers;

/** Gives constants of a file that is edited in place other values, appended to it. */
final class ConstantValues {

  private final TfLiteModel model;
  private final FlatAppendix file;
  private final List<FlatTable> tensors;
  private final TensorBuffers buffers;
  private final int buffersStart;

  /**
   * Starts with a file as it is.
   *
   * @param tensors the tables of the model's tensors in the file
   */
  ConstantValues(TfLiteModel model, FlatAppendix file, FlatTable root, List<FlatTable> tensors) {
    this.model = model;
    this.file = file;
    this.tensors = tensors;
    buffers = new TensorBuffers(tensors);
    buffersStart = root.vector(MODEL_BUFFERS, Integer.BYTES);
  }

  /** Gives a constant the values that some bytes are, which need not be as many as before. */
  void set(int tensor, ByteBuffer values) {
    // The entry of a reference has a place in the table, but leads nowhere until the vector is
    // there.
    int table = file.appendTable(0);
    file.refer(buffersStart + Integer.BYTES * own(tensor), table);
    file.refer(table + Integer.BYTES, file.appendBytes(values));
  }

  /**
   * A buffer that only this constant has: the converter lets equal constants share one. If its own
   * is shared, it takes that of an activation, which needs none.
   */
  private int own(int tensor) {
    int own = buffers.of(tensor);
    if (buffers.users(own) == 1) {
      return own;
    }
    for (int other = 0; other < tensors.size(); other++) {
      int free = buffers.of(other);
      if (free > 0 && !model.tensors().get(other).isConstant() && buffers.users(free) == 1) {
        file.bytes().putInt(tensors.get(other).locate(TENSOR_BUFFER), 0);
        file.bytes().putInt(tensors.get(tensor).locate(TENSOR_BUFFER), free);
        return free;
      }
    }
    throw new TfLiteConversionException(
        "the constant \"%s\" shares its values in the converter's file, and there is no other place"
            .formatted(model.tensors().get(tensor).name()));
  }
}
