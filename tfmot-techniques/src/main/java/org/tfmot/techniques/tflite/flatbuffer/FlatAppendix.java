package org.tfmot.techniques.tflite.flatbuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A flatbuffer with room for more behind its end. What is in the file stays in its place; a
 * reference in it can be made to lead to what was appended.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FlatAppendix {

  private static final int ALIGNMENT = 16;

  private final ByteBuffer file;

  /**
   * Copies a file.
   *
   * @param room how many bytes are to be appended at most
   */
  public FlatAppendix(byte[] bytes, int room) {
    file = ByteBuffer.allocate(Math.addExact(bytes.length, room)).order(ByteOrder.LITTLE_ENDIAN);
    file.put(bytes);
  }

  /** The file with what was appended so far, to be read and to be changed in place. */
  public ByteBuffer bytes() {
    return file;
  }

  /** Appends a vector of bytes, aligned for numbers that they are; returns its place. */
  public int appendBytes(ByteBuffer values) {
    // The elements, not their count in front, are aligned.
    align(Integer.BYTES);
    int start = file.position();
    file.putInt(values.remaining());
    file.put(values.duplicate());
    return start;
  }

  /**
   * Appends a table; returns its place.
   *
   * @param values of the fields, in the order of their numbers; null where one is absent. Each
   *     takes 32 bits, of which a field of one byte uses the lowest.
   */
  public int appendTable(@Nullable Integer... values) {
    align(0);
    int vtable = file.position();
    int fields = values.length;
    int table = vtable + roundUp(Short.BYTES * (2 + fields));
    file.putShort((short) (Short.BYTES * (2 + fields)));
    file.putShort((short) (Integer.BYTES * (1 + fields)));
    for (int field = 0; field < fields; field++) {
      file.putShort((short) (values[field] == null ? 0 : Integer.BYTES * (1 + field)));
    }
    file.position(table);
    file.putInt(table - vtable);
    for (Integer value : values) {
      file.putInt(value == null ? 0 : value);
    }
    return table;
  }

  /** Makes the reference at a place of the file lead to another. */
  public void refer(int place, int target) {
    file.putInt(place, target - place);
  }

  public byte[] toByteArray() {
    byte[] result = new byte[file.position()];
    file.get(0, result);
    return result;
  }

  private static int roundUp(int bytes) {
    return (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
  }

  /** Pads so that what comes after a number of bytes is aligned. */
  private void align(int before) {
    while ((file.position() + before) % ALIGNMENT != 0) {
      file.put((byte) 0);
    }
  }
}
