package org.tfmot.examples.resnetcifar;

import java.util.List;
import org.tfmot.examples.report.ComparisonReport.Mode;

/**
 * What a mode of the main job does. All numbers were chosen on the held-out training images.
 *
 * @param mode the mode
 * @param variants what is made and measured
 * @param quantizationAware fine-tuning of the float model with quantization
 * @param pruning fine-tuning of the float model while it is pruned
 * @param clustering fine-tuning of a model with clustered weights
 * @param laterQuantizationAware fine-tuning of a pruned or clustered model with quantization
 * @param validationImages held-out images that an evaluation during training takes
 * @param testImages test images that the table is measured on
 * @param latencyRuns timed runs of each model
 */
record Plan(
    Mode mode,
    List<Variant> variants,
    Recipe quantizationAware,
    Recipe pruning,
    Recipe clustering,
    Recipe laterQuantizationAware,
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

  /** Steps over the 45,000 training images. */
  private static final int EPOCH = 351;

  private static final int ALL_TEST_IMAGES = 10_000;
  private static final int ALL_VALIDATION_IMAGES = 5_000;

  Plan {
    variants = List.copyOf(variants);
  }

  /** The same with other variants. */
  Plan with(List<Variant> others) {
    return new Plan(
        mode,
        others,
        quantizationAware,
        pruning,
        clustering,
        laterQuantizationAware,
        validationImages,
        testImages,
        latencyRuns);
  }

  /** How the last step of a variant is trained. */
  Recipe recipe(Variant variant) {
    return switch (variant.how()) {
      case PRUNED -> pruning;
      case CLUSTERED -> clustering;
      case QUANTIZED -> variant.base() == null ? quantizationAware : laterQuantizationAware;
      default -> throw new IllegalArgumentException(variant + " is not trained");
    };
  }

  /** A few minutes. */
  static Plan standard() {
    return new Plan(
        Mode.DEFAULT,
        Variant.STANDARD,
        new Recipe(300, 0.005),
        new Recipe(850, 0.02),
        new Recipe(300, 0.005),
        new Recipe(300, 0.005),
        1000,
        ALL_TEST_IMAGES,
        400);
  }

  /** Enough to see everything work. */
  static Plan fast() {
    return new Plan(
        Mode.FAST,
        Variant.STANDARD,
        new Recipe(40, 0.002),
        new Recipe(120, 0.01),
        new Recipe(40, 0.002),
        new Recipe(40, 0.002),
        500,
        2000,
        200);
  }

  /** The recipes behind the figures in the README. */
  static Plan full() {
    return new Plan(
        Mode.FULL,
        Variant.STANDARD,
        new Recipe(EPOCH, 0.005),
        new Recipe(6 * EPOCH, 0.05, 6, 3 * EPOCH),
        new Recipe(EPOCH, 0.005),
        new Recipe(2 * EPOCH, 0.01),
        ALL_VALIDATION_IMAGES,
        ALL_TEST_IMAGES,
        1000);
  }
}
