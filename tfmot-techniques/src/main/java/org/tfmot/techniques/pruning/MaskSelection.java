package org.tfmot.techniques.pruning;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.weights.WeightedLayer;

/** Adds to a graph which weights stay at a sparsity. */
interface MaskSelection {

  /** Returns why this pattern does not apply to the weight of a layer; null if it does. */
  default @Nullable String refusal(WeightedLayer layer) {
    return null;
  }

  /**
   * Refuses a schedule that does not go with this.
   *
   * @throws IllegalArgumentException saying why
   */
  default void check(PruningSchedule schedule) {}

  /**
   * Adds the selection.
   *
   * @param masks of all weights
   * @param sparsity a scalar
   */
  Selected add(List<MaskNodes> masks, String sparsity);

  /**
   * The tensors that were added.
   *
   * @param best for each mask a tensor of its shape with 1 where the weight stays
   * @param finished truth values: all are true if the masks are as sparse already
   */
  record Selected(List<String> best, List<String> finished) {

    /** Copies the lists. */
    public Selected {
      best = List.copyOf(best);
      finished = List.copyOf(finished);
    }
  }
}
