package org.tfmot.techniques.pruning;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.techniques.weights.WeightGraph;

/** The training graph as a {@link MaskRule} sees it: the mask of one weight. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class MaskGraph {

  private final MaskNodes mask;
  private final String sparsity;

  MaskGraph(MaskNodes mask, String sparsity) {
    this.mask = mask;
    this.sparsity = sparsity;
  }

  /** Returns the weight: a place for operations, its shape, layers and dimensions. */
  public WeightGraph weight() {
    return mask.weight();
  }

  /** Returns the sparsity to reach, a scalar in [0, 1). */
  public String sparsity() {
    return sparsity;
  }

  /**
   * Returns the importance of each element, of the weight's shape. Pruned elements have -1e30, so
   * that means and maxima over groups rank pruned groups last.
   */
  public String score() {
    return mask.score();
  }

  /**
   * Adds the choice of the most important elements or groups: exactly {@code max(round(n * (1 -
   * sparsity)), 1)} of n, the first of equal ones.
   *
   * @param scores one for each, as {@link WeightGraph#reduce} leaves them
   * @param dimensions those of the weight that the scores run over; in the others their size is 1
   * @return of the same shape: 1 for those that stay, 0 for the others
   */
  public String largest(String scores, List<Integer> dimensions) {
    return mask.largest(scores, dimensions, sparsity);
  }
}
