package org.tfmot.api.experiment;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.Technique;

/**
 * The section {@code task.<section>} of an experiment's configuration that makes a technique.
 * Implementations are records with a constructor without arguments, which gives the default values;
 * named in {@code META-INF/services/org.tfmot.api.experiment.TechniqueConfig}, they can be used in
 * every experiment. The section's keys are the components in snake case: {@code finalSparsity} is
 * {@code final_sparsity}.
 *
 * <pre>{@code
 * public record ScalingConfig(double factor, @Nullable String pretrainedOriginalCheckpoint)
 *     implements TechniqueConfig {
 *   public ScalingConfig() { this(0.5, null); }
 *   public String section() { return "scaling"; }
 *   public int order() { return 150; }
 *   public Technique create() { return new Scaling(factor); }
 * }
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface TechniqueConfig {

  /** Returns the name of the section in snake case, such as {@code pruning}. */
  String section();

  /**
   * Returns the place among the techniques of an experiment, which are applied in ascending order:
   * pruning has 100, clustering 200, quantization 300.
   */
  int order();

  /**
   * Returns a checkpoint, or a folder of checkpoints, whose values the model has when the technique
   * is applied; null for those that it has anyway. For the first technique that is a checkpoint of
   * the float model, for others one of a run with the techniques before them.
   */
  @Nullable String pretrainedOriginalCheckpoint();

  /**
   * Returns the technique.
   *
   * @throws IllegalArgumentException if a value makes no sense; the message begins with its key,
   *     such as {@code final_sparsity must be ...}
   */
  Technique create();
}
