package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.pruning.PatternPruning.dense;
import static org.tfmot.techniques.pruning.PatternPruning.flat;
import static org.tfmot.techniques.pruning.PatternPruning.mask;
import static org.tfmot.techniques.pruning.PatternPruning.pruned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** What m:n makes zero, against the Python toolkit's vectors and brute force. */
class MByNTest {

  private static float[][] transposed(float[][] rows) {
    float[][] columns = new float[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[0].length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }

  @Test
  @DisplayName("vector 8: 2:4 of a matrix")
  void mByN_vector8() {
    float[][] weights = {{.74f, .68f}, {-.89f, -.45f}, {-1.68f, 1.24f}, {.31f, -.6f}};
    assertArrayEquals(
        new float[] {0, 1, 1, 0, 1, 1, 0, 0},
        mask(pruned(dense(weights), SparsityPattern.mByN(2, 4), 0.5)));
  }

  @Test
  @DisplayName("vector 10: 2:4 of a matrix whose rows are too short")
  void mByN_vector10() {
    float[][] weights = {{1.92f, -.21f}, {-.19f, .57f}, {1.1f, -.42f}};
    assertArrayEquals(
        new float[] {1, 0, 0, 1, 1, 1},
        mask(pruned(dense(weights), SparsityPattern.mByN(2, 4), 0.5)));
  }

  @ParameterizedTest
  @DisplayName("vector 11: m:n masks")
  @CsvSource({
    "2, 4, -.49 -.66 .42 | .31 .63 -1.63, 110 011",
    "1, 2, -.49 -.66 .42 | .31 .63 -1.63, 011 011",
    "2, 4, .25 -1.33 .43 -.11 | .47 .92 -.13 -2.23, 0110 0101",
    "3, 5, 1.71 -.27 -.3 -.61 -.19 | -.4 1.12 .46 -1.12 .17, 10010 01010"
  })
  void mByN_vector11(int zeros, int block, String rows, String expected) {
    float[][] weights =
        Arrays.stream(rows.split("\\|"))
            .map(row -> floats(row.strip().split(" ")))
            .toArray(float[][]::new);
    float[] pruned =
        pruned(
            dense(transposed(weights)), SparsityPattern.mByN(zeros, block), (double) zeros / block);
    StringBuilder mask = new StringBuilder();
    for (int row = 0; row < weights.length; row++) {
      mask.append(row == 0 ? "" : " ");
      for (int i = 0; i < weights[0].length; i++) {
        mask.append(pruned[i * weights.length + row] == 0 ? '0' : '1');
      }
    }
    assertEquals(expected, mask.toString());
  }

  private static float[] floats(String... numbers) {
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(numbers[i]);
    }
    return values;
  }

  @ParameterizedTest
  @DisplayName("vector 11: m:n that is none")
  @CsvSource({"4, 4", "5, 4", "0, 4", "-1, 2"})
  void mByN_thatIsNoPattern_isRefused(int zeros, int block) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> SparsityPattern.mByN(zeros, block))
            .getMessage();
    assertTrue(message.contains("not " + zeros), message);
  }

  @Test
  @DisplayName("vector 12: whether rows have the pattern")
  void isMByN_vector12() {
    assertTrue(SparsityPattern.isMByN(new float[] {1, 2, 0, 0}, 2, 4));
    assertFalse(SparsityPattern.isMByN(new float[] {1, 2, 0, 0}, 1, 2));
    assertTrue(SparsityPattern.isMByN(new float[] {1, 0, 2, 0}, 1, 2));
    assertFalse(SparsityPattern.isMByN(new float[] {1, 2, 3, 4}, 2, 4));
    assertTrue(SparsityPattern.isMByN(new float[] {1, 2, 0, 0, 5, 6}, 2, 4));
    assertFalse(SparsityPattern.isMByN(new float[] {1, 2, 0, 0, 5, 6, 7}, 2, 4));
    assertTrue(SparsityPattern.isMByN(new float[] {1, 2, 0, 0, 5, 6, 0}, 2, 4));
  }

  @Test
  @SuppressWarnings("removal")
  void formerNames_areTheSame() {
    float[][] weights = {{3}, {1}, {2}, {4}};
    assertArrayEquals(
        mask(pruned(dense(weights), SparsityPattern.mByN(2, 4), 0.5)),
        mask(pruned(dense(weights), SparsityPattern.zerosInEvery(2, 4), 0.5)));
    assertTrue(SparsityPattern.hasZerosInEvery(new float[] {0, 1, 2, 0}, 2, 4));
  }

  @Test
  @DisplayName("vector 13: rows of weights")
  void rows_areAlongTheInputDimension() {
    assertArrayEquals(new int[] {1, 0}, MByNSelection.toRows(Shape.of(4, 3), 0));
    assertArrayEquals(new int[] {0, 1, 3, 2}, MByNSelection.toRows(Shape.of(5, 5, 3, 4), 2));
  }

  @ParameterizedTest
  @CsvSource({"2, 4", "1, 2", "3, 4", "1, 4", "5, 8", "1, 3"})
  void mByN_ofAKernel_equalsBruteForce(int zeros, int block) {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    SparsityPattern pattern = SparsityPattern.mByN(zeros, block);
    for (String layer : List.of("conv1", "stem")) {
      String variable = layer + "/kernel";
      Shape shape = model.variable(variable).shape();
      float[] weights = TensorProtos.toFloats(model.variable(variable).value());
      float[] pruned = pruned(model, variable, pattern, (double) zeros / block);
      int in = (int) shape.get(2);
      int out = (int) shape.get(3);
      for (int place = 0; place < 9; place++) {
        for (int o = 0; o < out; o++) {
          for (int begin = 0; begin < in; begin += block) {
            List<Integer> indices = new ArrayList<>();
            for (int i = begin; i < Math.min(in, begin + block); i++) {
              indices.add((place * in + i) * out + o);
            }
            indices.sort(Comparator.comparing(i -> -Math.abs(weights[i])));
            for (int rank = 0; rank < indices.size(); rank++) {
              int index = indices.get(rank);
              assertEquals(
                  rank < block - zeros ? weights[index] : 0f, pruned[index] + 0f, layer + index);
            }
          }
        }
      }
    }
  }

  @Test
  void mByN_underWay_takesTheSmallestCandidatesFirst() {
    float[][] weights = transposed(new float[][] {{1, 2, 9, 8}, {5, 6, 7, 7.5f}});
    SparsityPattern pattern = SparsityPattern.mByN(2, 4);
    float[] quarter = pruned(dense(weights), pattern, 0.25);
    assertArrayEquals(new float[] {0, 5, 0, 6, 9, 7, 8, 7.5f}, quarter);
    float[] all = pruned(dense(weights), pattern, 0, 0.25, 0.4, 0.5);
    assertArrayEquals(new float[] {0, 0, 0, 0, 9, 7, 8, 7.5f}, all);
  }

  @Test
  void mByN_withAScheduleThatEndsElsewhere_isRefused() {
    Pruning.Builder builder =
        Pruning.builder().schedule(ConstantSparsity.of(0.6, 0)).pattern(SparsityPattern.mByN(2, 4));
    String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    assertTrue(message.contains("2 zeros in every 4 are a sparsity of 0.5"), message);
  }

  @Test
  void mByN_isInTheCheckpoint_andRecomputedWhenAsked(@TempDir Path folder) {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Optimized optimized =
        Pruning.builder()
            .schedule(PolynomialDecay.builder().to(0.5).steps(0, 2).frequency(1).build())
            .pattern(SparsityPattern.mByN(2, 4))
            .build()
            .apply(model);
    Path prefix = folder.resolve("ckpt");
    float[] whole;
    try (LiveModel live = optimized.model().open()) {
      optimized.hooks().get(0).begin(live.session(), 0, 3);
      optimized.hooks().get(0).beforeStep(live.session(), 0);
      optimized.hooks().get(0).beforeStep(live.session(), 1);
      live.snapshot().saveCheckpoint(prefix);
      optimized.hooks().get(0).beforeStep(live.session(), 2);
      whole = TensorProtos.toFloats(live.value("conv1/kernel"));
    }
    try (LiveModel live = optimized.model().restore(prefix).open()) {
      optimized.hooks().get(0).begin(live.session(), 2, 3);
      optimized.hooks().get(0).beforeStep(live.session(), 2);
      assertArrayEquals(whole, TensorProtos.toFloats(live.value("conv1/kernel")));
    }
    assertEquals(
        whole.length / 2, IntStream.range(0, whole.length).filter(i -> whole[i] == 0).count());
  }

  /** How a layer may read a matrix whose first index is the output: {@code y = W x}. */
  enum Turned {
    TRANSPOSED {
      @Override
      Operand<TFloat32> product(TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> weight) {
        Operand<TFloat32> turned = layers.tf().linalg.transpose(weight, layers.tf().array(1, 0));
        return layers.at("w", "MatMul").linalg.matMul(x, turned);
      }
    },
    BY_ATTRIBUTE {
      @Override
      Operand<TFloat32> product(TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> weight) {
        return layers.at("w", "MatMul").linalg.matMul(x, weight, MatMul.transposeB(true));
      }
    },
    RESHAPED {
      @Override
      Operand<TFloat32> product(TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> weight) {
        Ops tf = layers.tf();
        Operand<TFloat32> wide = tf.reshape(tf.expandDims(weight, tf.constant(0)), tf.array(-1, 8));
        Operand<TFloat32> turned = tf.linalg.transpose(wide, tf.array(1, 0));
        return layers.at("w", "MatMul").linalg.matMul(x, turned);
      }
    },
    FIRST_OPERAND {
      @Override
      Operand<TFloat32> product(TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> weight) {
        Operand<TFloat32> columns =
            layers.at("w", "MatMul").linalg.matMul(weight, x, MatMul.transposeB(true));
        return layers.tf().linalg.transpose(columns, layers.tf().array(1, 0));
      }
    };

    abstract Operand<TFloat32> product(
        TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> weight);
  }

  @ParameterizedTest
  @EnumSource(Turned.class)
  void mByN_ofAWeightReadInAnotherWay_isAlongItsInputs(Turned how) {
    float[][] rows = {{1, 2, 3, 4, 8, 7, 6, 5}, {-4, 3, -2, 1, 5, -6, 7, -8}};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 8),
            (layers, x) ->
                how.product(layers, x, layers.weight("w", "kernel", Shape.of(2, 8), flat(rows))));
    assertArrayEquals(
        new float[] {0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1},
        mask(pruned(model, SparsityPattern.mByN(2, 4), 0.5)));
  }

  @Test
  void mByN_ofAWeightThatIsReadAlongBothDimensions_isRefused() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 8),
            (layers, x) -> {
              Operand<TFloat32> weight = layers.weight("w", "kernel", Shape.of(8, 4), ones(32));
              Operand<TFloat32> code = layers.at("encode", "MatMul").linalg.matMul(x, weight);
              return layers
                  .at("decode", "MatMul")
                  .linalg
                  .matMul(code, weight, MatMul.transposeB(true));
            });
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> pruned(model, SparsityPattern.mByN(2, 4), 0.5))
            .getMessage();
    assertTrue(message.contains("encode/MatMul (MatMul): along which dimension"), message);
    assertTrue(message.contains("decode/MatMul (MatMul): along which dimension"), message);
  }

  private static float[] ones(int size) {
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return ones;
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "4, 4", "2, 0", "0, 0"})
  void isMByN_withoutAPattern_isRefused(int zeros, int block) {
    assertThrows(
        IllegalArgumentException.class,
        () -> SparsityPattern.isMByN(new float[] {1, 2}, zeros, block));
  }
}
