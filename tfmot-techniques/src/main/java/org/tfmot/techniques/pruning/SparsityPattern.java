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
   * Returns M by N sparsity: m zeros in every n weights that follow each other along the input
   * dimension. {@code mByN(2, 4)} is the 2:4 sparsity of sparse tensor cores. While a schedule is
   * under way, the smallest of these weights go first; the last block of a row may be shorter and
   * keeps {@code n - m} weights. Applies to weights of convolutions of one and two dimensions and
   * of matrix products, also where the layer reads its weight transposed; others are left alone.
   * The schedule ends at {@code m / n}.
   *
   * @param m number of zeros in a block
   * @param n number of weights in a block
   * @throws IllegalArgumentException unless {@code 0 < m < n}
   */
  public static SparsityPattern mByN(int m, int n) {
    requirePattern(m, n);
    return new SparsityPattern(new MByNSelection(m, n), "%d by %d".formatted(m, n));
  }

  /**
   * Returns M by N sparsity.
   *
   * @deprecated replaced by {@link #mByN}
   */
  @Deprecated(since = "0.2.0", forRemoval = true)
  public static SparsityPattern zerosInEvery(int zeros, int block) {
    return mByN(zeros, block);
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
   * Returns whether a row of weights has at least m zeros in every n; what is missing in the last
   * block counts as zeros.
   *
   * @param row the weights along the input dimension
   * @throws IllegalArgumentException unless {@code 0 < m < n}
   */
  public static boolean isMByN(float[] row, int m, int n) {
    requirePattern(m, n);
    for (int begin = 0; begin < row.length; begin += n) {
      int count = 0;
      for (int i = begin; i < begin + n; i++) {
        if (i >= row.length || row[i] == 0) {
          count++;
        }
      }
      if (count < m) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns whether a row of weights has M by N sparsity.
   *
   * @deprecated replaced by {@link #isMByN}
   */
  @Deprecated(since = "0.2.0", forRemoval = true)
  public static boolean hasZerosInEvery(float[] row, int zeros, int block) {
    return isMByN(row, zeros, block);
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
