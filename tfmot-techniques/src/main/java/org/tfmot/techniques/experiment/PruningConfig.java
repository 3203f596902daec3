package org.tfmot.techniques.experiment;

import static org.tfmot.techniques.experiment.Keys.require;

import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.ImportanceScore;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.PruningSchedule;
import org.tfmot.techniques.pruning.SparsityPattern;

/**
 * The section {@code task.pruning}, with the keys and default values of Official Models, which does
 * not have {@code importance} and {@code excluded_layers}.
 *
 * @param pretrainedOriginalCheckpoint see {@link TechniqueConfig#pretrainedOriginalCheckpoint}
 * @param pruningSchedule {@code PolynomialDecay} (cubic) or {@code ConstantSparsity}
 * @param beginStep the step of the first update
 * @param endStep the step of the last update; of a {@code ConstantSparsity} also -1, for none
 * @param initialSparsity where a {@code PolynomialDecay} begins, in [0, 1)
 * @param finalSparsity the share of zeros in the end, in [0, 1)
 * @param frequency steps between two updates
 * @param sparsityMByN {@code [m, n]}: m zeros in every n weights, such as {@code [2, 4]}; null for
 *     the smallest weights of each tensor, wherever they are
 * @param importance which weights go first: {@code magnitude}, {@code movement} or {@code
 *     sensitivity}, see {@link ImportanceScore}
 * @param excludedLayers layers that are not pruned
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record PruningConfig(
    @Nullable String pretrainedOriginalCheckpoint,
    String pruningSchedule,
    long beginStep,
    long endStep,
    double initialSparsity,
    double finalSparsity,
    long frequency,
    @Nullable List<Integer> sparsityMByN,
    String importance,
    @Nullable List<String> excludedLayers)
    implements TechniqueConfig {

  private static final String POLYNOMIAL = "PolynomialDecay";
  private static final String CONSTANT = "ConstantSparsity";

  /** The default values: to a sparsity of 0.1 between step 0 and 1000. */
  public PruningConfig() {
    this(null, POLYNOMIAL, 0, 1000, 0, 0.1, 100, null, "magnitude", null);
  }

  /** A pruning by magnitude. */
  public PruningConfig(
      @Nullable String pretrainedOriginalCheckpoint,
      String pruningSchedule,
      long beginStep,
      long endStep,
      double initialSparsity,
      double finalSparsity,
      long frequency,
      @Nullable List<Integer> sparsityMByN,
      @Nullable List<String> excludedLayers) {
    this(
        pretrainedOriginalCheckpoint,
        pruningSchedule,
        beginStep,
        endStep,
        initialSparsity,
        finalSparsity,
        frequency,
        sparsityMByN,
        "magnitude",
        excludedLayers);
  }

  private enum Importance {
    MAGNITUDE(ImportanceScore.magnitude()),
    MOVEMENT(ImportanceScore.movement()),
    SENSITIVITY(ImportanceScore.sensitivity());

    private final ImportanceScore score;

    Importance(ImportanceScore score) {
      this.score = score;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String section() {
    return "pruning";
  }

  @Override
  public int order() {
    return 100;
  }

  @Override
  public Technique create() {
    share("initial_sparsity", initialSparsity);
    share("final_sparsity", finalSparsity);
    require(beginStep >= 0, "begin_step", "must not be negative: %d", beginStep);
    require(frequency > 0, "frequency", "must be positive, not %d", frequency);
    return Pruning.builder()
        .schedule(schedule())
        .pattern(pattern())
        .importance(Keys.constant("importance", importance, Importance.values()).score)
        .select(Keys.layersExcept(excludedLayers))
        .build();
  }

  private static void share(String key, double value) {
    require(value >= 0 && value < 1, key, "must be in [0, 1), not %s", value);
  }

  private PruningSchedule schedule() {
    if (POLYNOMIAL.equals(pruningSchedule)) {
      require(endStep >= beginStep, "end_step", "must not be before begin_step: %d", endStep);
      require(
          initialSparsity <= finalSparsity,
          "initial_sparsity",
          "must not be above final_sparsity, %s, but is %s: pruned weights do not come back",
          finalSparsity,
          initialSparsity);
      return PolynomialDecay.builder()
          .from(initialSparsity)
          .to(finalSparsity)
          .steps(beginStep, endStep)
          .frequency(frequency)
          .build();
    }
    require(
        CONSTANT.equals(pruningSchedule),
        "pruning_schedule",
        "must be %s or %s, not %s",
        POLYNOMIAL,
        CONSTANT,
        Keys.quoted(pruningSchedule));
    require(
        endStep >= beginStep || endStep == ConstantSparsity.FOREVER,
        "end_step",
        "must not be before begin_step: %d; -1 is for no end",
        endStep);
    require(
        initialSparsity == 0,
        "initial_sparsity",
        "has no effect on a %s, leave it at 0; it is %s",
        CONSTANT,
        initialSparsity);
    return ConstantSparsity.of(finalSparsity, beginStep, endStep, frequency);
  }

  private SparsityPattern pattern() {
    if (sparsityMByN == null) {
      return SparsityPattern.perTensor();
    }
    require(
        sparsityMByN.size() == 2
            && sparsityMByN.get(0) != null
            && sparsityMByN.get(1) != null
            && sparsityMByN.get(0) > 0
            && sparsityMByN.get(0) < sparsityMByN.get(1),
        "sparsity_m_by_n",
        "must be two numbers, zeros and weights, such as [2, 4], not %s",
        sparsityMByN);
    int zeros = sparsityMByN.get(0);
    int block = sparsityMByN.get(1);
    require(
        finalSparsity == (double) zeros / block,
        "final_sparsity",
        "must be %d / %d with sparsity_m_by_n %s, not %s",
        zeros,
        block,
        sparsityMByN,
        finalSparsity);
    return SparsityPattern.mByN(zeros, block);
  }
}
