package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.weights.WeightedLayer;

/**
 * Chooses the elements of a weight that stay at a sparsity: the rule of a user's {@link
 * SparsityPattern}.
 *
 * <pre>{@code
 * // Whole output channels.
 * SparsityPattern channels = SparsityPattern.of("output channels", mask -> {
 *   WeightGraph weight = mask.weight();
 *   List<Integer> channels = weight.outputDimensions();
 *   return mask.largest(weight.reduce("Mean", "mean", mask.score(), channels), channels);
 * });
 * Pruning.builder().pattern(channels)
 * }</pre>
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface MaskRule {

  /**
   * Adds the choice for one weight. Called once for each weight when the technique is applied.
   *
   * @param mask where nodes go
   * @return a tensor that can be broadcast to the weight's shape: 0 where an element is pruned at
   *     {@link MaskGraph#sparsity}. What is pruned already stays pruned, whatever it is there. How
   *     many stay has to follow from the sparsity alone, not from the values: a pruning is finished
   *     when no more stand than the rule keeps
   */
  String keep(MaskGraph mask);

  /**
   * Returns the reason why the weight of a layer is left alone, such as {@code "it is no matrix"};
   * null if it is pruned.
   */
  default @Nullable String refusal(WeightedLayer layer) {
    return null;
  }

  /**
   * Refuses a schedule that the rule cannot follow.
   *
   * @throws IllegalArgumentException with the reason
   */
  default void check(PruningSchedule schedule) {}
}
