package org.tfmot.techniques.tflite.flatbuffer;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * Copies tables of one flatbuffer into another. A flatbuffer does not say what its fields are, so a
 * table is copied by a description of those that the schema has; others are left out.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FlatCopy {

  /** Kinds of fields. */
  sealed interface Field permits Scalar, Scalars, Table, Tables {}

  /** A number of as many bytes. */
  record Scalar(int bytes) implements Field {}

  /** A vector of numbers of as many bytes; a string is one of single bytes. */
  record Scalars(int bytes) implements Field {}

  /** A table of the fields by their numbers. */
  record Table(Map<Integer, Field> fields) implements Field {}

  /** A vector of tables of the fields by their numbers. */
  record Tables(Map<Integer, Field> fields) implements Field {}

  private static final int SIZE_OF_LARGEST = 8;

  /** The builder writes as many as are used. */
  private static final int MOST_FIELDS = 16;

  private final FlatBufferBuilder builder;

  public FlatCopy(FlatBufferBuilder builder) {
    this.builder = builder;
  }

  /** Copies a table; returns its place. */
  public int table(FlatTable from, Map<Integer, Field> fields) {
    return table(from, fields, Map.of(), Map.of());
  }

  /**
   * Copies a table.
   *
   * @param given fields that refer to what is in the new file already, in its place
   * @param numbers fields that are given 32-bit numbers
   */
  public int table(
      FlatTable from,
      Map<Integer, Field> fields,
      Map<Integer, Integer> given,
      Map<Integer, Integer> numbers) {
    Map<Integer, Integer> references = new TreeMap<>();
    fields.forEach(
        (number, field) -> {
          if (!(field instanceof Scalar) && from.has(number) && !given.containsKey(number)) {
            references.put(number, reference(from, number, field));
          }
        });
    references.putAll(given);
    builder.startTable(MOST_FIELDS);
    fields.forEach(
        (number, field) -> {
          if (field instanceof Scalar scalar && from.has(number)) {
            scalar(from, number, scalar.bytes());
          }
        });
    references.forEach((number, place) -> builder.addOffset(number, place, 0));
    numbers.forEach((number, value) -> builder.addInt(number, value, 0));
    return builder.endTable();
  }

  /** Copies a vector of tables; returns their places. */
  public List<Integer> tables(List<FlatTable> from, Map<Integer, Field> fields) {
    List<Integer> places = new ArrayList<>();
    from.forEach(table -> places.add(table(table, fields)));
    return places;
  }

  /** Makes a vector of tables. */
  public int vector(List<Integer> places) {
    return builder.createVectorOfTables(places.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Makes a vector of 32-bit numbers. */
  public int ints(List<Integer> values) {
    builder.startVector(4, values.size(), 4);
    for (int i = values.size() - 1; i >= 0; i--) {
      builder.addInt(values.get(i));
    }
    return builder.endVector();
  }

  /** Makes a vector of bytes, or of numbers that these are. */
  public int bytes(ByteBuffer values, int width, int alignment) {
    builder.startVector(width, values.remaining() / width, alignment);
    for (int i = values.limit() - 1; i >= values.position(); i--) {
      builder.addByte(values.get(i));
    }
    return builder.endVector();
  }

  /**
   * Copies a table of numbers only, whatever they are: the bytes as they lie, to a place of the
   * same alignment.
   */
  public int numbers(FlatTable from) {
    ByteBuffer file = from.buffer();
    int vtable = from.position() - file.getInt(from.position());
    int fields = (file.getShort(vtable) - 4) / 2;
    int size = file.getShort(vtable + 2);
    builder.startTable(fields);
    builder.prep(SIZE_OF_LARGEST, 0);
    while ((builder.offset() + size + from.position()) % SIZE_OF_LARGEST != 0) {
      builder.addByte((byte) 0);
    }
    for (int i = size - 1; i >= 4; i--) {
      builder.addByte(file.get(from.position() + i));
      for (int field = 0; field < fields; field++) {
        if (file.getShort(vtable + 4 + 2 * field) == i) {
          builder.slot(field);
        }
      }
    }
    return builder.endTable();
  }

  /** Copies what a field refers to. */
  private int reference(FlatTable from, int number, Field field) {
    if (field instanceof Table table) {
      return table(Objects.requireNonNull(from.getTable(number)), table.fields());
    }
    if (field instanceof Tables list) {
      return vector(tables(from.getTables(number), list.fields()));
    }
    int width = ((Scalars) field).bytes();
    int start = from.vector(number, width);
    int bytes = width * from.buffer().getInt(start - 4);
    if (width == 1) {
      // Strings end in a zero that does not count; for other bytes it does no harm.
      builder.addByte((byte) 0);
    }
    return bytes(from.buffer().slice(start, bytes), width, width);
  }

  private void scalar(FlatTable from, int field, int bytes) {
    switch (bytes) {
      case 1 -> builder.addByte(from.getByte(field));
      case 4 -> builder.addInt(from.getInt(field, 0));
      default -> builder.addLong(from.getLong(field));
    }
    builder.slot(field);
  }
}
