package org.tfmot.techniques.tflite.flatbuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.tflite.flatbuffer.SparseLayout.Level;

/** The examples of the schema's comments, by hand. */
class SparseLayoutTest {

  private static final Level TWO = dense(2);

  @Test
  void compressedRows_areSpreadOut() {
    // 0 5 0 / 6 0 7
    SparseLayout layout =
        new SparseLayout(
            List.of(0, 1), List.of(), List.of(TWO, sparse(List.of(0, 1, 3), List.of(1, 0, 2))));
    assertDense(layout, Shape.of(2, 3), bytes(5, 6, 7), 0, 5, 0, 6, 0, 7);
  }

  @Test
  void compressedColumns_areSpreadOut() {
    // The columns are the outer level: 0 6 / 5 0 / 0 7.
    SparseLayout layout =
        new SparseLayout(
            List.of(1, 0),
            List.of(),
            List.of(dense(3), sparse(List.of(0, 1, 2, 3), List.of(1, 0, 1))));
    assertDense(layout, Shape.of(2, 3), bytes(6, 5, 7), 0, 5, 0, 6, 0, 7);
  }

  @Test
  void blocks_areSpreadOut() {
    // Blocks of 2 x 2 of a 4 x 4 matrix: the upper right and the lower left one are there.
    SparseLayout layout =
        new SparseLayout(
            List.of(0, 1, 2, 3),
            List.of(0, 1),
            List.of(TWO, sparse(List.of(0, 1, 2), List.of(1, 0)), TWO, TWO));
    assertDense(
        layout,
        Shape.of(4, 4),
        bytes(1, 2, 3, 4, 5, 6, 7, 8),
        0,
        0,
        1,
        2,
        0,
        0,
        3,
        4,
        5,
        6,
        0,
        0,
        7,
        8,
        0,
        0);
  }

  @Test
  void elementsOfSeveralBytes_stayWhole() {
    SparseLayout layout =
        new SparseLayout(List.of(0), List.of(), List.of(sparse(List.of(0, 1), List.of(1))));
    assertArrayEquals(new byte[] {0, 0, 8, 9}, layout.toDense(bytes(8, 9), Shape.of(2), 2).array());
  }

  @Test
  void layoutsThatDoNotFit_areRefused() {
    List<Integer> order = List.of(0, 1);
    Level rows = sparse(List.of(0, 1, 3), List.of(1, 0, 2));
    // Another order, size, number of values; segments that fall, do not begin at 0, end elsewhere;
    // indices out of order, twice, out of the shape.
    refused(new SparseLayout(List.of(0, 0), List.of(), List.of(TWO, rows)), 3);
    refused(new SparseLayout(List.of(0, 2), List.of(), List.of(TWO, rows)), 3);
    refused(new SparseLayout(List.of(0), List.of(), List.of(TWO)), 3);
    refused(new SparseLayout(order, List.of(5), List.of(TWO, rows)), 3);
    refused(new SparseLayout(order, List.of(), List.of(dense(3), rows)), 3);
    refused(new SparseLayout(order, List.of(), List.of(dense(1 << 30), rows)), 3);
    refused(new SparseLayout(order, List.of(), List.of(TWO, rows)), 2);
    refused(new SparseLayout(order, List.of(), List.of(TWO, rows)), 4);
    for (List<Integer> segments :
        List.of(List.of(0, 4, 3), List.of(1, 1, 3), List.of(0, 1, 2), List.of(0, 3))) {
      Level level = sparse(segments, List.of(1, 0, 2));
      refused(new SparseLayout(order, List.of(), List.of(TWO, level)), 3);
    }
    for (List<Integer> indices : List.of(List.of(1, 2, 0), List.of(1, 2, 2), List.of(1, 0, 3))) {
      Level level = sparse(List.of(0, 1, 3), indices);
      refused(new SparseLayout(order, List.of(), List.of(TWO, level)), 3);
    }
    // Blocks of 3 in a dimension of 2.
    refused(
        new SparseLayout(List.of(0, 1, 2), List.of(0), List.of(dense(1), dense(3), dense(3))), 9);
  }

  private static void refused(SparseLayout layout, int values) {
    ByteBuffer stored = ByteBuffer.allocate(values);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> layout.toDense(stored, Shape.of(2, 3), 1));
    assertTrue(e.getMessage().startsWith("a sparse constant has "), e.getMessage());
  }

  private static void assertDense(
      SparseLayout layout, Shape shape, ByteBuffer stored, int... expected) {
    assertArrayEquals(bytes(expected).array(), layout.toDense(stored, shape, 1).array());
  }

  private static Level dense(int size) {
    return new Level(size, List.of(), List.of());
  }

  private static Level sparse(List<Integer> segments, List<Integer> indices) {
    return new Level(0, segments, indices);
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }
}
