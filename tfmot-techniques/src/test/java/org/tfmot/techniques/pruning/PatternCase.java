package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.testing.LayerCase;

/** The patterns of a specification, each with what its masks have to look like. */
enum PatternCase {
  PER_TENSOR(SparsityPattern.perTensor()) {
    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      assertEquals(kept(mask.length, sparsity, 1), ones(mask));
    }
  },
  GLOBAL(SparsityPattern.global()) {
    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      assertEquals(kept(mask.length + other.length, sparsity, 2), ones(mask) + ones(other));
    }
  },
  BLOCKS_AVG(SparsityPattern.blocks(2, 2, BlockPooling.AVG)) {
    @Override
    @Nullable String refusal(LayerCase layer, Shape shape) {
      return notMatrix(shape);
    }

    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      checkBlocks(mask, shape, 2, 2, sparsity);
    }
  },
  BLOCKS_MAX(SparsityPattern.blocks(1, 3, BlockPooling.MAX)) {
    @Override
    @Nullable String refusal(LayerCase layer, Shape shape) {
      return notMatrix(shape);
    }

    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      checkBlocks(mask, shape, 1, 3, sparsity);
    }
  },
  TWO_IN_FOUR(SparsityPattern.mByN(2, 4)) {
    @Override
    @Nullable String refusal(LayerCase layer, Shape shape) {
      return noRows(layer, 2, 4);
    }

    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      checkRows(layer, mask, shape, 2, 4, sparsity);
    }
  },
  ONE_IN_TWO(SparsityPattern.mByN(1, 2)) {
    @Override
    @Nullable String refusal(LayerCase layer, Shape shape) {
      return noRows(layer, 1, 2);
    }

    @Override
    void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity) {
      checkRows(layer, mask, shape, 1, 2, sparsity);
    }
  };

  final SparsityPattern pattern;

  PatternCase(SparsityPattern pattern) {
    this.pattern = pattern;
  }

  /** Why a layer's weight is left alone; null if it is pruned. */
  @Nullable String refusal(LayerCase layer, Shape shape) {
    return null;
  }

  /**
   * Fails unless a mask is one of this pattern.
   *
   * @param other the mask of the model's second weight
   */
  abstract void check(LayerCase layer, float[] mask, Shape shape, float[] other, double sparsity);

  private static @Nullable String notMatrix(Shape shape) {
    return shape.numDimensions() == 2
        ? null
        : "its weight has " + shape.numDimensions() + " dimensions, and blocks are of matrices";
  }

  private static @Nullable String noRows(LayerCase layer, int zeros, int block) {
    return switch (layer) {
      case CONV_1D, CONV_2D, MATMUL, MATMUL_TRANSPOSED, RNN_CELL, LSTM_CELL -> null;
      default ->
          "the pattern of %d zeros in every %d is for Conv2D and MatMul".formatted(zeros, block);
    };
  }

  /** The reference's formula: halves are rounded to the even number. */
  private static int kept(int size, double sparsity, int least) {
    return Math.max((int) Math.rint(size * (1 - sparsity)), least);
  }

  private static int ones(float[] mask) {
    int ones = 0;
    for (float each : mask) {
      ones += each == 1 ? 1 : 0;
    }
    return ones;
  }

  private static void checkBlocks(
      float[] mask, Shape shape, int height, int width, double sparsity) {
    int rows = (int) shape.get(0);
    int columns = (int) shape.get(1);
    int standing = 0;
    int blocks = 0;
    for (int top = 0; top < rows; top += height) {
      for (int left = 0; left < columns; left += width) {
        float first = mask[top * columns + left];
        for (int row = top; row < Math.min(top + height, rows); row++) {
          for (int column = left; column < Math.min(left + width, columns); column++) {
            assertEquals(first, mask[row * columns + column], "a block is not whole");
          }
        }
        blocks++;
        standing += first == 1 ? 1 : 0;
      }
    }
    assertEquals(kept(blocks, sparsity, 1), standing);
  }

  /** Rows are along the next to last dimension, inputs; a transposed matrix has them last. */
  private static void checkRows(
      LayerCase layer, float[] mask, Shape shape, int zeros, int block, double sparsity) {
    boolean transposed = layer == LayerCase.MATMUL_TRANSPOSED;
    int last = shape.numDimensions() - 1;
    int outputs = (int) shape.get(transposed ? last - 1 : last);
    int inputs = (int) shape.get(transposed ? last : last - 1);
    int certain = 0;
    for (int place = 0; place < mask.length / inputs / outputs; place++) {
      for (int output = 0; output < outputs; output++) {
        for (int begin = 0; begin < inputs; begin += block) {
          int length = Math.min(block, inputs - begin);
          int standing = 0;
          for (int i = begin; i < begin + length; i++) {
            int index = transposed ? output * inputs + i : (place * inputs + i) * outputs + output;
            standing += mask[index] == 1 ? 1 : 0;
          }
          int least = Math.min(length, block - zeros);
          certain += least;
          assertTrue(standing >= least, "only " + standing + " of " + length + " stand");
        }
      }
    }
    assertEquals(kept(mask.length, sparsity, certain), ones(mask));
  }
}
