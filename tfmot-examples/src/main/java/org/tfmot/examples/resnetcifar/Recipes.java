package org.tfmot.examples.resnetcifar;

/**
 * Fine-tuning recipes by technique. All numbers were chosen on the held-out training images, except
 * the longer pruning to one half and in a pattern (docs/rfc/pruning.md).
 *
 * @param quantizationAware the float model with quantization
 * @param pruning to three quarters of zeros
 * @param halfPruning to one half of zeros, in a pattern or not
 * @param clustering with clustered weights
 * @param laterQuantizationAware a pruned or clustered model with quantization
 */
record Recipes(
    Recipe quantizationAware,
    Recipe pruning,
    Recipe halfPruning,
    Recipe clustering,
    Recipe laterQuantizationAware) {

  /** Steps over the 45,000 training images. */
  private static final int EPOCH = 351;

  /**
   * A few minutes each. The release gate proves what they reach; before clusters it prunes for
   * fewer steps, and otherwise, to one half, for more.
   */
  static final Recipes STANDARD =
      new Recipes(
          new Recipe(100, 0.0005),
          new Recipe(3 * EPOCH, 0.005),
          new Recipe(300, 0.01, 2, 150),
          new Recipe(200, 0.002),
          new Recipe(100, 0.0005));

  /** Enough to see everything work. */
  static final Recipes FAST =
      new Recipes(
          new Recipe(40, 0.0005),
          new Recipe(120, 0.01),
          new Recipe(120, 0.01),
          new Recipe(40, 0.002),
          new Recipe(40, 0.0005));

  /** Recipes of a longer pruning. That of one half was not measured for a pattern. */
  static final Recipes FULL =
      new Recipes(
          STANDARD.quantizationAware,
          new Recipe(6 * EPOCH, 0.05, 6, 3 * EPOCH),
          new Recipe(3 * EPOCH, 0.03, 3, 2 * EPOCH),
          STANDARD.clustering,
          new Recipe(2 * EPOCH, 0.01));

  /**
   * Returns the recipe of a variant's last step.
   *
   * @throws IllegalArgumentException if it is not trained
   */
  Recipe of(Variant variant) {
    return switch (variant.how()) {
      case PRUNED -> variant == Variant.PRUNED_75 ? pruning : halfPruning;
      case CLUSTERED -> clustering;
      case QUANTIZED -> variant.base() == null ? quantizationAware : laterQuantizationAware;
      default -> throw new IllegalArgumentException(variant + " is not trained");
    };
  }
}
