package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes flatbuffers from trees of values, by field number: {@link Byte}, {@link Integer}, {@link
 * Float}, {@link String}, arrays of these and of longs, tables and lists of tables.
 */
final class FlatWriter {

  /** A table by field number. */
  static final class Table {
    private final Map<Integer, Object> fields = new LinkedHashMap<>();

    Table set(int field, Object value) {
      fields.put(field, value);
      return this;
    }

    boolean has(int field) {
      return fields.containsKey(field);
    }
  }

  private ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  /** Returns the bytes of a file. */
  static byte[] write(Table root, String identifier) {
    FlatWriter writer = new FlatWriter();
    writer.reserve(8);
    writer.out.put(4, identifier.getBytes(StandardCharsets.US_ASCII));
    writer.link(0, writer.table(root));
    byte[] bytes = new byte[writer.out.position()];
    writer.out.get(0, bytes);
    return bytes;
  }

  private int table(Table table) {
    int fields = table.fields.keySet().stream().mapToInt(field -> field + 1).max().orElse(0);
    align(8, 0);
    int vtable = reserve(4 + 2 * fields);
    align(8, 4);
    // Every field has eight bytes behind the reference to the list of fields.
    int start = reserve(4 + 8 * fields);
    out.putInt(start, start - vtable);
    out.putShort(vtable, (short) (4 + 2 * fields));
    out.putShort(vtable + 2, (short) (4 + 8 * fields));
    table.fields.forEach(
        (field, value) -> {
          int at = 4 + 8 * field;
          out.putShort(vtable + 4 + 2 * field, (short) at);
          put(start + at, value);
        });
    return start;
  }

  private void put(int at, Object value) {
    switch (value.getClass().getSimpleName()) {
      case "Byte" -> out.put(at, (Byte) value);
      case "Integer" -> out.putInt(at, (Integer) value);
      case "Float" -> out.putFloat(at, (Float) value);
      case "Table" -> link(at, table((Table) value));
      default -> link(at, vector(value));
    }
  }

  private int vector(Object value) {
    if (value instanceof String text) {
      return vector((text + "\0").getBytes(StandardCharsets.UTF_8), text.length(), 1);
    } else if (value instanceof byte[] bytes) {
      return vector(bytes, bytes.length, 1);
    } else if (value instanceof int[] ints) {
      ByteBuffer bytes = bytes(4 * ints.length);
      bytes.asIntBuffer().put(ints);
      return vector(bytes.array(), ints.length, 4);
    } else if (value instanceof float[] floats) {
      ByteBuffer bytes = bytes(4 * floats.length);
      bytes.asFloatBuffer().put(floats);
      return vector(bytes.array(), floats.length, 4);
    } else if (value instanceof long[] longs) {
      ByteBuffer bytes = bytes(8 * longs.length);
      bytes.asLongBuffer().put(longs);
      return vector(bytes.array(), longs.length, 8);
    }
    List<?> tables = (List<?>) value;
    int start = vector(new byte[4 * tables.size()], tables.size(), 4);
    for (int i = 0; i < tables.size(); i++) {
      link(start + 4 + 4 * i, table((Table) tables.get(i)));
    }
    return start;
  }

  private static ByteBuffer bytes(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private int vector(byte[] bytes, int length, int size) {
    // Contents of buffers are aligned to 16 bytes.
    align(size == 1 ? 16 : 8, 4);
    int start = reserve(4 + bytes.length);
    out.putInt(start, length);
    out.put(start + 4, bytes);
    return start;
  }

  private void link(int at, int target) {
    out.putInt(at, target - at);
  }

  /** Moves on until what follows so many bytes is aligned. */
  private void align(int size, int header) {
    reserve(Math.floorMod(-(out.position() + header), size));
  }

  private int reserve(int bytes) {
    int start = out.position();
    if (start + bytes > out.capacity()) {
      ByteBuffer larger = bytes(2 * (start + bytes));
      larger.put(out.array(), 0, start);
      out = larger;
    }
    out.position(start + bytes);
    return start;
  }
}
