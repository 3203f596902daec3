package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;
import org.tfmot.api.graph.Arguments;

/** Pattern of zeros: which weights become zero at a given sparsity. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class SparsityPattern {

  private final MaskSelection selection;
  private final String text;

  private SparsityPattern(MaskSelection selection, String text) {
    this.selection = selection;
    this.text = text;
  }

  /** The smallest weights of each tensor, wherever they are: every tensor has the sparsity. */
  public static SparsityPattern perTensor() {
    return new SparsityPattern(new TensorSelection(), "per tensor");
  }

  /**
   * The smallest weights of all selected tensors together: the whole has the sparsity, layers with
   * small weights have more. At least one weight of each tensor stays.
   */
  public static SparsityPattern global() {
    return new SparsityPattern(new GlobalSelection(), "global");
  }

  /**
   * Whole blocks of matrices, those with the smallest magnitude; at the right and lower edge they
   * may be smaller. (There the Python toolkit pads on both sides, and so compares blocks that are
   * shifted against those that it prunes.) Weights of more or fewer than two dimensions are left
   * alone.
   *
   * @throws IllegalArgumentException if a size is not positive
   */
  public static SparsityPattern blocks(int rows, int columns, BlockPooling pooling) {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "a block has at least one row and one column, not %d x %d".formatted(rows, columns));
    }
    return new SparsityPattern(
        new BlockSelection(rows, columns, pooling),
        "blocks of %d x %d, %s".formatted(rows, columns, pooling));
  }

  /**
   * The smallest {@code zeros} weights in every {@code block} that follow each other along the
   * input dimension, such as 2 in every 4 (2:4). While a schedule is under way, of those the
   * smallest go first; the last block of a row may be shorter and keeps {@code block - zeros}.
   * Weights of convolutions of one and two dimensions and of matrix products, also where the layer
   * reads its weight transposed; others are left alone. The schedule ends at {@code zeros / block}.
   *
   * @throws IllegalArgumentException unless {@code 0 < zeros < block}
   */
  public static SparsityPattern zerosInEvery(int zeros, int block) {
    requirePattern(zeros, block);
    return new SparsityPattern(
        new MByNSelection(zeros, block), "%d zeros in every %d".formatted(zeros, block));
  }

  /**
   * Returns a pattern by a user's rule. {@link Pruning} recomputes the masks by it at each update
   * of the schedule; they only grow, whatever the rule says of pruned weights.
   *
   * @param text describes it in a few words
   */
  public static SparsityPattern of(String text, MaskRule rule) {
    Arguments.require(text, "text");
    Arguments.require(rule, "rule");
    return new SparsityPattern(new RuleSelection(rule), text);
  }

  /**
   * Returns whether a row of weights has at least the given number of zeros in every block; the
   * weights behind the end of the row count as zeros.
   *
   * @throws IllegalArgumentException unless {@code 0 < zeros < block}
   */
  public static boolean hasZerosInEvery(float[] row, int zeros, int block) {
    requirePattern(zeros, block);
    for (int begin = 0; begin < row.length; begin += block) {
      int count = 0;
      for (int i = begin; i < begin + block; i++) {
        if (i >= row.length || row[i] == 0) {
          count++;
        }
      }
      if (count < zeros) {
        return false;
      }
    }
    return true;
  }

  private static void requirePattern(int zeros, int block) {
    if (zeros < 1 || zeros >= block) {
      throw new IllegalArgumentException(
          "of every %d weights between 1 and %d can be zero, not %d"
              .formatted(block, block - 1, zeros));
    }
  }

  MaskSelection selection() {
    return selection;
  }

  @Override
  public String toString() {
    return text;
  }
}
