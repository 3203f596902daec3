package org.tfmot.examples.resnetcifar;

import java.util.List;
import org.tfmot.examples.report.ComparisonReport.Mode;

/**
 * What a mode of the main job does. All numbers were chosen on the held-out training images.
 *
 * @param mode the mode
 * @param quantizationAware fine-tuning of the float model with quantization
 * @param pruning fine-tuning of the float model while it is pruned
 * @param prunedQuantizationAware fine-tuning of the pruned model with quantization
 * @param validationImages held-out images that an evaluation during training takes
 * @param testImages test images that the table is measured on
 * @param latencyRuns timed runs of each model
 */
record Plan(
    Mode mode,
    Recipe quantizationAware,
    Recipe pruning,
    Recipe prunedQuantizationAware,
    int validationImages,
    int testImages,
    int latencyRuns) {

  /** Share of the pruning steps before any restart after which the final sparsity is reached. */
  static final double PRUNING_SHARE = 0.3;

  /** The first and the last layer: few weights, and accuracy hangs on them. */
  static final List<String> DENSE_LAYERS = List.of("stem", "logits");

  /** In every other layer, so that 75 % of all weights are zero. */
  static final double SPARSITY = 0.755;

  /** Steps over the 45,000 training images. */
  private static final int EPOCH = 351;

  private static final int ALL_TEST_IMAGES = 10_000;
  private static final int ALL_VALIDATION_IMAGES = 5_000;

  /** A few minutes. */
  static Plan standard() {
    return new Plan(
        Mode.DEFAULT,
        new Recipe(300, 0.005),
        new Recipe(850, 0.02),
        new Recipe(300, 0.005),
        1000,
        ALL_TEST_IMAGES,
        400);
  }

  /** Enough to see everything work. */
  static Plan fast() {
    return new Plan(
        Mode.FAST,
        new Recipe(40, 0.002),
        new Recipe(120, 0.01),
        new Recipe(40, 0.002),
        500,
        2000,
        200);
  }

  /** The recipes behind the figures in the README. */
  static Plan full() {
    return new Plan(
        Mode.FULL,
        new Recipe(EPOCH, 0.005),
        new Recipe(6 * EPOCH, 0.05, 6, 3 * EPOCH),
        new Recipe(2 * EPOCH, 0.01),
        ALL_VALIDATION_IMAGES,
        ALL_TEST_IMAGES,
        1000);
  }
}
