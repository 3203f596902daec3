package org.tfmot.techniques.tflite.flatbuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * One table of a flatbuffer. Fields are addressed by their number in the schema and have the
 * schema's default when absent. A reference out of the file ends in an {@link
 * IndexOutOfBoundsException} or {@link IllegalArgumentException}, never in a wild read.
 *
 * @param buffer the whole file, little-endian
 * @param position where the table starts
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record FlatTable(ByteBuffer buffer, int position) {

  /** The root table of a file. */
  public static FlatTable root(ByteBuffer file) {
    ByteBuffer buffer = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    return new FlatTable(buffer, follow(buffer, 0));
  }

  public byte getByte(int field) {
    int at = locate(field);
    return at == 0 ? 0 : buffer.get(at);
  }

  public int getInt(int field, int absent) {
    int at = locate(field);
    return at == 0 ? absent : buffer.getInt(at);
  }

  public long getLong(int field) {
    int at = locate(field);
    return at == 0 ? 0 : buffer.getLong(at);
  }

  public String getString(int field) {
    ByteBuffer bytes = getBytes(field);
    return bytes == null ? "" : StandardCharsets.UTF_8.decode(bytes).toString();
  }

  public @Nullable FlatTable getTable(int field) {
    int at = locate(field);
    return at == 0 ? null : new FlatTable(buffer, follow(buffer, at));
  }

  public boolean has(int field) {
    return locate(field) != 0;
  }

  /** A vector of bytes, or null if the field is absent. */
  public @Nullable ByteBuffer getBytes(int field) {
    int start = vector(field, 1);
    return start == 0 ? null : buffer.slice(start, length(start)).order(ByteOrder.LITTLE_ENDIAN);
  }

  public List<FlatTable> getTables(int field) {
    int start = vector(field, 4);
    List<FlatTable> tables = new ArrayList<>();
    for (int i = 0; i < length(start); i++) {
      tables.add(new FlatTable(buffer, follow(buffer, start + 4 * i)));
    }
    return tables;
  }

  public List<Integer> getInts(int field) {
    int start = vector(field, 4);
    List<Integer> values = new ArrayList<>();
    for (int i = 0; i < length(start); i++) {
      values.add(buffer.getInt(start + 4 * i));
    }
    return values;
  }

  public List<Long> getLongs(int field) {
    int start = vector(field, 8);
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < length(start); i++) {
      values.add(buffer.getLong(start + 8 * i));
    }
    return values;
  }

  public List<Float> getFloats(int field) {
    List<Float> values = new ArrayList<>();
    for (int bits : getInts(field)) {
      values.add(Float.intBitsToFloat(bits));
    }
    return values;
  }

  /** Returns the offset of a vector's first element, or 0 if the field is absent. */
  public int vector(int field, int elementSize) {
    int at = locate(field);
    if (at == 0) {
      return 0;
    }
    int start = follow(buffer, at) + 4;
    long end = start + (long) elementSize * length(start);
    if (length(start) < 0 || end > buffer.limit()) {
      throw new IllegalArgumentException("a vector reaches to byte " + end);
    }
    return start;
  }

  private int length(int vectorStart) {
    return vectorStart == 0 ? 0 : buffer.getInt(vectorStart - 4);
  }

  /** Returns the offset of a field's value, or 0 if it is absent. */
  public int locate(int field) {
    int vtable = position - buffer.getInt(position);
    int entry = 4 + 2 * field;
    if (entry >= (buffer.getShort(vtable) & 0xFFFF)) {
      return 0;
    }
    int offset = buffer.getShort(vtable + entry) & 0xFFFF;
    return offset == 0 ? 0 : position + offset;
  }

  private static int follow(ByteBuffer buffer, int at) {
    int target = at + buffer.getInt(at);
    if (target <= at || target > buffer.limit() - 4) {
      throw new IllegalArgumentException("the reference at byte " + at + " leads out of the file");
    }
    return target;
  }
}
