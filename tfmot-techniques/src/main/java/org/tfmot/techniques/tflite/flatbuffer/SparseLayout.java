package org.tfmot.techniques.tflite.flatbuffer;

import com.google.common.math.LongMath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;

/**
 * Layout of a constant's nonzero elements in the file: a tree with one level for each dimension,
 * and below these one for each blocked dimension (Kjolstad et al., "The Tensor Algebra Compiler",
 * 2017; {@code SparsityParameters} of the schema). A dense level has all children, a sparse one
 * says for each parent which ones. The leaves are the values that are stored, in order.
 *
 * @param order the dimension of each level; those from the rank on are blocks
 * @param blockMap the dimension of each block
 * @param levels the levels, the outermost first
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record SparseLayout(List<Integer> order, List<Integer> blockMap, List<Level> levels) {

  /**
   * One level.
   *
   * @param size how many children a parent of a dense level has; 0 for a sparse level
   * @param segments for a sparse level, where each parent's indices begin, and where the last end
   * @param indices for a sparse level, the children that are there
   */
  record Level(int size, List<Integer> segments, List<Integer> indices) {
    boolean isSparse() {
      return !segments.isEmpty();
    }
  }

  /**
   * Reads a layout.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static SparseLayout read(FlatTable table) {
    // traversal_order 0, block_map 1, dim_metadata 2
    List<Level> levels = new ArrayList<>();
    for (FlatTable level : table.getTables(2)) {
      // format 0, dense_size 1, array_segments 3 of the type 2, array_indices 5 of the type 4
      boolean sparse = level.getByte(0) == 1;
      require(sparse || level.getByte(0) == 0, "a level of an unknown format");
      List<Integer> segments = sparse ? vector(level, 2) : List.of();
      require(!sparse || segments.size() > 1, "a sparse level without segments");
      levels.add(
          new Level(
              sparse ? 0 : level.getInt(1, 0), segments, sparse ? vector(level, 4) : List.of()));
    }
    return new SparseLayout(table.getInts(0), table.getInts(1), levels);
  }

  /** A vector of 32, 16 or 8 bits. */
  private static List<Integer> vector(FlatTable level, int typeField) {
    int type = level.getByte(typeField);
    FlatTable vector = level.getTable(typeField + 1);
    if (vector == null || type < 1 || type > 3) {
      throw new IllegalArgumentException("a sparse constant has indices of an unknown type");
    }
    int width = 4 >> (type - 1);
    int start = vector.vector(0, width);
    int count = start == 0 ? 0 : vector.buffer().getInt(start - 4);
    List<Integer> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = start + width * i;
      values.add(
          switch (width) {
            case 4 -> vector.buffer().getInt(at);
            case 2 -> vector.buffer().getShort(at) & 0xFFFF;
            default -> vector.buffer().get(at) & 0xFF;
          });
    }
    return values;
  }

  /**
   * All elements, row-major.
   *
   * @param stored the elements in the file
   * @param width the size of an element in bytes
   * @throws IllegalArgumentException if the layout is not one of this shape or of as many elements
   */
  public ByteBuffer toDense(ByteBuffer stored, Shape shape, int width) {
    long[] strides = strides(shape);
    int most = stored.remaining() / width;
    for (Level level : levels) {
      most = Math.max(most, level.segments().size());
    }
    List<Long> places = List.of(0L);
    for (int i = 0; i < levels.size(); i++) {
      int size = sizeOf(i, shape);
      // Before the lists grow beyond what any layout in a file of this size can need.
      require(
          levels.get(i).isSparse() || (long) places.size() * size <= most,
          "fewer elements than its layout");
      places = children(levels.get(i), places, strides[i], size);
    }
    require(
        (long) places.size() * width == stored.remaining(), "not as many elements as its layout");
    long size = width;
    for (long dimension : shape.asArray()) {
      require(dimension >= 0, "a negative size");
      size = LongMath.checkedMultiply(size, dimension);
    }
    byte[] dense = new byte[Math.toIntExact(size)];
    for (int i = 0; i < places.size(); i++) {
      stored.get(stored.position() + i * width, dense, (int) (places.get(i) * width), width);
    }
    return ByteBuffer.wrap(dense).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** By how many elements two neighbours of each level are apart. */
  private long[] strides(Shape shape) {
    int rank = shape.numDimensions();
    int blocks = blockMap.size();
    require(
        order.size() == levels.size()
            && order.size() == rank + blocks
            && new HashSet<>(order).size() == order.size()
            && order.stream().allMatch(d -> d >= 0 && d < rank + blocks)
            && new HashSet<>(blockMap).size() == blocks
            && blockMap.stream().allMatch(d -> d >= 0 && d < rank),
        "dimensions that are not its own");
    long[] ofDimension = new long[rank];
    long stride = 1;
    for (int d = rank - 1; d >= 0; d--) {
      ofDimension[d] = stride;
      stride *= shape.get(d);
    }
    long[] strides = new long[levels.size()];
    for (int i = 0; i < strides.length; i++) {
      int d = order.get(i);
      strides[i] = d < rank ? ofDimension[d] * blockSize(d) : ofDimension[blockMap.get(d - rank)];
    }
    return strides;
  }

  /** Returns the number of children of a parent of a level, those that are not stored included. */
  private int sizeOf(int level, Shape shape) {
    int rank = shape.numDimensions();
    int d = order.get(level);
    if (d >= rank) {
      return blockSize(blockMap.get(d - rank));
    }
    int block = blockSize(d);
    require(block > 0 && shape.get(d) % block == 0, "blocks that do not fill it");
    int size = Math.toIntExact(shape.get(d) / block);
    Level data = levels.get(level);
    require(data.isSparse() || data.size() == size, "a level that is not as large as its shape");
    return size;
  }

  private int blockSize(int dimension) {
    int block = blockMap.indexOf(dimension);
    return block < 0 ? 1 : levels.get(order.indexOf(order.size() - blockMap.size() + block)).size();
  }

  private static List<Long> children(Level level, List<Long> parents, long stride, int size) {
    List<Long> places = new ArrayList<>();
    if (!level.isSparse()) {
      for (long parent : parents) {
        for (int i = 0; i < size; i++) {
          places.add(parent + i * stride);
        }
      }
      return places;
    }
    List<Integer> segments = level.segments();
    int count = level.indices().size();
    require(
        segments.size() == parents.size() + 1
            && segments.get(0) == 0
            && segments.get(parents.size()) == count,
        "segments that do not fit");
    for (int p = 0; p < parents.size(); p++) {
      require(segments.get(p) <= segments.get(p + 1), "segments that fall");
      int last = -1;
      for (int i = segments.get(p); i < segments.get(p + 1); i++) {
        require(i < count, "segments that do not fit");
        int index = level.indices().get(i);
        require(index > last && index < size, "indices that are not in order or out of its shape");
        last = index;
        places.add(parents.get(p) + index * stride);
      }
    }
    return places;
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException("a sparse constant has " + what);
    }
  }
}
