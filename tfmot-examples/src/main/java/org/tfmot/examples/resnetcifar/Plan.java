package org.tfmot.examples.resnetcifar;

import java.util.List;
import org.tfmot.examples.report.ComparisonReport.Mode;

/**
 * The work of one mode of the main job.
 *
 * @param mode the mode
 * @param variants what is made and measured
 * @param recipes how each technique is fine-tuned
 * @param validationImages held-out images that an evaluation during training takes
 * @param testImages test images that the table is measured on
 * @param latencyRuns timed runs of each model
 */
record Plan(
    Mode mode,
    List<Variant> variants,
    Recipes recipes,
    int validationImages,
    int testImages,
    int latencyRuns) {

  /** Share of the pruning steps before any restart after which the final sparsity is reached. */
  static final double PRUNING_SHARE = 0.3;

  /** The first and the last layer: few weights, and accuracy hangs on them. */
  static final List<String> DENSE_LAYERS = List.of("stem", "logits");

  /** In every other layer, so that 50 % of all weights are zero. */
  static final double HALF = 0.505;

  /** In every other layer, so that 75 % of all weights are zero. */
  static final double SPARSITY = 0.755;

  private static final int ALL_TEST_IMAGES = 10_000;
  private static final int ALL_VALIDATION_IMAGES = 5_000;

  Plan {
    variants = List.copyOf(variants);
  }

  /** The same with other variants. */
  Plan with(List<Variant> others) {
    return new Plan(mode, others, recipes, validationImages, testImages, latencyRuns);
  }

  /** A few minutes. */
  static Plan standard() {
    return new Plan(Mode.DEFAULT, Variant.STANDARD, Recipes.STANDARD, 1000, ALL_TEST_IMAGES, 400);
  }

  /** Enough to see everything work. */
  static Plan fast() {
    return new Plan(Mode.FAST, Variant.STANDARD, Recipes.FAST, 500, 2000, 200);
  }

  /** The recipes behind the figures of several seeds in docs/measurements.md. */
  static Plan full() {
    return new Plan(
        Mode.FULL, Variant.STANDARD, Recipes.FULL, ALL_VALIDATION_IMAGES, ALL_TEST_IMAGES, 1000);
  }
}
