package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the options of a custom operator: a FlexBuffer that is a map of numbers. The runtime reads
 * it without a check of any offset, so everything that it could follow is verified: that it lies in
 * the buffer, that names end and are in the order in which they are searched.
 */
final class FlexOptions {

  private static final int INT = 1;
  private static final int UNSIGNED = 2;
  private static final int FLOAT = 3;
  private static final int MAP = 9;
  private static final int BOOL = 26;
  private static final int MOST = 64;

  private final ByteBuffer data;

  private FlexOptions(ByteBuffer data) {
    this.data = data;
  }

  /**
   * Reads numbers by name.
   *
   * @throws IllegalArgumentException if the bytes are anything else than a sound map of numbers
   */
  static Map<String, Double> read(ByteBuffer bytes) {
    try {
      return new FlexOptions(bytes.slice().order(ByteOrder.LITTLE_ENDIAN)).read();
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("an offset leads out of them", e);
    }
  }

  private Map<String, Double> read() {
    int end = data.limit();
    int rootWidth = width(data.get(end - 1));
    int type = data.get(end - 2) & 0xFF;
    require(type >> 2 == MAP, "they are no map");
    int root = end - 2 - rootWidth;
    int width = 1 << (type & 3);
    // Before the values: where the names are, their width, the count; behind them their types.
    int values = back(root, rootWidth);
    long count = unsigned(values - width, width);
    int nameWidth = width(unsigned(values - 2 * width, width));
    int names = back(values - 3 * width, width);
    require(
        count <= MOST && unsigned(names - nameWidth, nameWidth) == count,
        "they need as many names as values, at most " + MOST);
    require(values + count * (width + 1) <= root, "values overlap");
    Map<String, Double> numbers = new LinkedHashMap<>();
    String last = "";
    for (int i = 0; i < count; i++) {
      String name = name(back(names + i * nameWidth, nameWidth));
      require(i == 0 || name.compareTo(last) > 0, "the names are not in order");
      last = name;
      int kind = (data.get((int) (values + count * width + i)) & 0xFF) >> 2;
      numbers.put(name, number(kind, values + i * width, width));
    }
    return numbers;
  }

  private double number(int kind, int at, int width) {
    return switch (kind) {
      case BOOL, UNSIGNED -> unsigned(at, width);
      case INT -> {
        int shift = Long.SIZE - Byte.SIZE * width;
        yield bits(at, width) << shift >> shift;
      }
      case FLOAT -> {
        require(width >= Float.BYTES, "a number of " + width + " bytes");
        yield width == Float.BYTES ? data.getFloat(at) : data.getDouble(at);
      }
      default -> throw new IllegalArgumentException("one is no number");
    };
  }

  private String name(int start) {
    int end = start;
    while (data.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - start];
    data.get(start, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Follows an offset, which leads back. */
  private int back(int at, int width) {
    long target = at - unsigned(at, width);
    require(target >= 0 && target < at, "an offset leads out of them");
    return (int) target;
  }

  private static int width(long bytes) {
    require(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8, "a width of " + bytes);
    return (int) bytes;
  }

  private long unsigned(int at, int width) {
    long value = bits(at, width);
    require(value >= 0, "a number is out of range");
    return value;
  }

  private long bits(int at, int width) {
    return switch (width) {
      case 1 -> data.get(at) & 0xFF;
      case 2 -> data.getShort(at) & 0xFFFF;
      case 4 -> data.getInt(at) & 0xFFFFFFFFL;
      default -> data.getLong(at);
    };
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException(what);
    }
  }
}
