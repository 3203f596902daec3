package org.tfmot.techniques.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy;

/**
 * A float weight as it is stored sparsely: all levels dense but the innermost, the input channels.
 *
 * @param shape the shape of the weight
 * @param values what is not zero, row-major
 * @param segments where each row's values begin, and where the last end
 * @param indices the place of each value in its row
 */
record SparseWeight(Shape shape, ByteBuffer values, List<Integer> segments, List<Integer> indices) {

  /** Takes the zeros out of a weight of at least one dimension. */
  static SparseWeight of(TfLiteTensor tensor) {
    Shape shape = tensor.shape();
    int row = Math.toIntExact(shape.get(shape.numDimensions() - 1));
    float[] dense = tensor.toFloats();
    ByteBuffer values =
        ByteBuffer.allocate(Float.BYTES * dense.length).order(ByteOrder.LITTLE_ENDIAN);
    List<Integer> segments = new ArrayList<>(List.of(0));
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < dense.length; i++) {
      if (dense[i] != 0) {
        values.putFloat(dense[i]);
        indices.add(i % row);
      }
      if (i % row == row - 1) {
        segments.add(indices.size());
      }
    }
    if (indices.isEmpty()) {
      // Without any value the file would hold no constant.
      values.putFloat(0);
      indices.add(0);
      segments.replaceAll(segment -> 1);
      segments.set(0, 0);
    }
    return new SparseWeight(shape, values.flip(), segments, indices);
  }

  /** About the bytes that it takes in the file. */
  long size() {
    return values.remaining() + (long) width(segments) * segments.size() + indexBytes();
  }

  private long indexBytes() {
    return (long) width(indices) * indices.size();
  }

  /** Writes the {@code SparsityParameters}and returns their place. */
  int write(FlatBufferBuilder builder, FlatCopy copy) {
    int rank = shape.numDimensions();
    List<Integer> order = new ArrayList<>();
    List<Integer> levels = new ArrayList<>();
    for (int d = 0; d < rank; d++) {
      order.add(d);
      levels.add(d < rank - 1 ? dense(builder, (int) shape.get(d)) : sparse(builder, copy));
    }
    int orderPlace = copy.ints(order);
    int levelsPlace = copy.vector(levels);
    // traversal_order 0, block_map 1, dim_metadata 2
    builder.startTable(3);
    builder.addOffset(2, levelsPlace, 0);
    builder.addOffset(0, orderPlace, 0);
    return builder.endTable();
  }

  private static int dense(FlatBufferBuilder builder, int size) {
    // format 0, dense_size 1
    builder.startTable(2);
    builder.addInt(1, size, 0);
    builder.addByte(0, (byte) 0, 0);
    return builder.endTable();
  }

  private int sparse(FlatBufferBuilder builder, FlatCopy copy) {
    int starts = vector(builder, copy, segments);
    int places = vector(builder, copy, indices);
    // format 0, array_segments 3 of the type 2, array_indices 5 of the type 4
    builder.startTable(6);
    builder.addOffset(5, places, 0);
    builder.addOffset(3, starts, 0);
    builder.addByte(4, type(indices), 0);
    builder.addByte(2, type(segments), 0);
    builder.addByte(0, (byte) 1, 0);
    return builder.endTable();
  }

  private static int vector(FlatBufferBuilder builder, FlatCopy copy, List<Integer> numbers) {
    int width = width(numbers);
    ByteBuffer bytes = ByteBuffer.allocate(width * numbers.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      switch (width) {
        case 1 -> bytes.put((byte) number);
        case 2 -> bytes.putShort((short) number);
        default -> bytes.putInt(number);
      }
    }
    int place = copy.bytes(bytes.flip(), width, Integer.BYTES);
    builder.startTable(1);
    builder.addOffset(0, place, 0);
    return builder.endTable();
  }

  /** The schema's number for vectors of 32, 16 and 8 bits. */
  private static byte type(List<Integer> numbers) {
    return (byte) (width(numbers) == 4 ? 1 : width(numbers) == 2 ? 2 : 3);
  }

  private static int width(List<Integer> numbers) {
    int largest = numbers.stream().mapToInt(Integer::intValue).max().orElse(0);
    return largest <= 0xFF ? 1 : largest <= 0xFFFF ? 2 : 4;
  }
}
