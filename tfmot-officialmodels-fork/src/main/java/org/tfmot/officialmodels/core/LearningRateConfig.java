package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requireSet;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code trainer.optimizer_config.learning_rate}: a schedule by name, and its values in
 * the section of that name. The other sections are absent.
 *
 * @param type {@code constant}, {@code cosine}, {@code cosine_restarts}, {@code polynomial} or
 *     {@code stepwise}
 * @param constant see {@link Constant}
 * @param cosine see {@link Cosine}
 * @param cosineRestarts see {@link CosineRestarts}
 * @param polynomial see {@link Polynomial}
 * @param stepwise see {@link Stepwise}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record LearningRateConfig(
    String type,
    @Nullable Constant constant,
    @Nullable Cosine cosine,
    @Nullable CosineRestarts cosineRestarts,
    @Nullable Polynomial polynomial,
    @Nullable Stepwise stepwise) {

  private static final String KEY = "trainer.optimizer_config.learning_rate";

  /** The same rate at every step. */
  public record Constant(double learningRate) {}

  /**
   * Half a cosine to 0.
   *
   * @param initialLearningRate the rate at step 0, if there is no warm-up
   * @param decaySteps the step at which it is 0; null for {@code trainer.train_steps}
   */
  public record Cosine(double initialLearningRate, @Nullable Long decaySteps) {}

  /**
   * Half cosines to 0 one after the other; the names are those of Keras.
   *
   * @param initialLearningRate the rate at step 0, if there is no warm-up
   * @param firstDecaySteps the length of the first
   * @param tMul how many times as long each next is
   * @param mMul how many times as high each next starts
   */
  public record CosineRestarts(
      double initialLearningRate, long firstDecaySteps, double tMul, double mMul) {}

  /**
   * A polynomial from one rate to another; the names are those of Official Models.
   *
   * @param initialLearningRate the rate up to step {@code offset}, if there is no warm-up
   * @param decaySteps how long the change takes; null for up to {@code trainer.train_steps}
   * @param endLearningRate the rate behind it, 0 unless given; may be the larger one
   * @param power the exponent, 1 unless given
   * @param offset the step at which it begins, 0 unless given
   */
  public record Polynomial(
      double initialLearningRate,
      @Nullable Long decaySteps,
      @Nullable Double endLearningRate,
      @Nullable Double power,
      @Nullable Long offset) {}

  /**
   * A rate for each stretch.
   *
   * @param boundaries the first steps of all stretches but the first, ascending
   * @param values the rates, one more than boundaries
   */
  public record Stepwise(List<Long> boundaries, List<Double> values) {}

  /** A half cosine that ends with training. */
  public static LearningRateConfig cosine(double initialLearningRate) {
    return new LearningRateConfig(
        "cosine", null, new Cosine(initialLearningRate, null), null, null, null);
  }

  /**
   * Half cosines one after the other: length and rate of each are those of the last times a factor.
   */
  public static LearningRateConfig cosineRestarts(
      double initialLearningRate, long firstDecaySteps, double tMul, double mMul) {
    return new LearningRateConfig(
        "cosine_restarts",
        null,
        null,
        new CosineRestarts(initialLearningRate, firstDecaySteps, tMul, mMul),
        null,
        null);
  }

  /** The same rate at every step. */
  public static LearningRateConfig constant(double learningRate) {
    return new LearningRateConfig("constant", new Constant(learningRate), null, null, null, null);
  }

  /** A rate for each stretch between boundaries. */
  public static LearningRateConfig stepwise(List<Long> boundaries, List<Double> values) {
    return new LearningRateConfig(
        "stepwise", null, null, null, null, new Stepwise(boundaries, values));
  }

  /**
   * The schedule.
   *
   * @param trainSteps how long training is
   * @throws IllegalArgumentException if a value is missing or out of range; the message names it
   */
  LearningRate schedule(long trainSteps) {
    requireOnlySectionOfType();
    switch (type) {
      case "constant" -> {
        double rate = requireSet(constant, KEY + ".constant").learningRate();
        return LearningRate.constant(positive(rate, "constant.learning_rate"));
      }
      case "cosine" -> {
        Cosine values = requireSet(cosine, KEY + ".cosine");
        long steps = values.decaySteps() == null ? trainSteps : values.decaySteps();
        require(steps > 0, KEY + ".cosine.decay_steps", "must be positive, not %d", steps);
        return LearningRate.cosine(
            positive(values.initialLearningRate(), "cosine.initial_learning_rate"), steps);
      }
      case "cosine_restarts" -> {
        return restarts(requireSet(cosineRestarts, KEY + ".cosine_restarts"));
      }
      case "polynomial" -> {
        return decay(requireSet(polynomial, KEY + ".polynomial"), trainSteps);
      }
      case "stepwise" -> {
        return steps(requireSet(stepwise, KEY + ".stepwise"));
      }
      default ->
          throw new IllegalArgumentException(
              KEY
                  + ".type must be constant, cosine, cosine_restarts, polynomial or stepwise, not"
                  + " \""
                  + type
                  + "\"");
    }
  }

  private static LearningRate restarts(CosineRestarts section) {
    require(
        section.firstDecaySteps() > 0,
        KEY + ".cosine_restarts.first_decay_steps",
        "must be positive, not %d",
        section.firstDecaySteps());
    return LearningRate.cosineRestarts(
        positive(section.initialLearningRate(), "cosine_restarts.initial_learning_rate"),
        section.firstDecaySteps(),
        positive(section.tMul(), "cosine_restarts.t_mul"),
        positive(section.mMul(), "cosine_restarts.m_mul"));
  }

  private static LearningRate decay(Polynomial section, long trainSteps) {
    long offset = section.offset() == null ? 0 : section.offset();
    require(offset >= 0, KEY + ".polynomial.offset", "must not be negative, but is %d", offset);
    long steps = section.decaySteps() == null ? trainSteps - offset : section.decaySteps();
    require(steps > 0, KEY + ".polynomial.decay_steps", "must be positive, not %d", steps);
    double end = section.endLearningRate() == null ? 0 : section.endLearningRate();
    require(
        end >= 0 && Double.isFinite(end),
        KEY + ".polynomial.end_learning_rate",
        "must not be negative, but is %s",
        end);
    return LearningRate.polynomial(
        positive(section.initialLearningRate(), "polynomial.initial_learning_rate"),
        steps,
        end,
        section.power() == null ? 1 : positive(section.power(), "polynomial.power"),
        offset);
  }

  private LearningRate steps(Stepwise section) {
    List<Long> boundaries = requireSet(section.boundaries(), KEY + ".stepwise.boundaries");
    List<Double> values = requireSet(section.values(), KEY + ".stepwise.values");
    requireAllSet(boundaries, "stepwise.boundaries");
    requireAllSet(values, "stepwise.values");
    require(
        values.size() == boundaries.size() + 1,
        KEY + ".stepwise.values",
        "must be one more than the %d boundaries, not %d",
        boundaries.size(),
        values.size());
    for (int i = 1; i < boundaries.size(); i++) {
      require(
          boundaries.get(i) > boundaries.get(i - 1),
          KEY + ".stepwise.boundaries",
          "must ascend, not be %s",
          boundaries);
    }
    values.forEach(value -> positive(value, "stepwise.values"));
    return LearningRate.stepwise(
        boundaries.stream().mapToLong(Long::longValue).toArray(),
        values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** YAML has null for an element of a list too. */
  private static void requireAllSet(List<?> list, String key) {
    require(
        list.stream().allMatch(Objects::nonNull),
        KEY + "." + key,
        "must not contain null, but is %s",
        list);
  }

  private void requireOnlySectionOfType() {
    requireSet(type, KEY + ".type");
    requireAbsent("constant", constant);
    requireAbsent("cosine", cosine);
    requireAbsent("cosine_restarts", cosineRestarts);
    requireAbsent("polynomial", polynomial);
    requireAbsent("stepwise", stepwise);
  }

  private void requireAbsent(String name, @Nullable Object section) {
    require(
        section == null || name.equals(type),
        KEY + "." + name,
        "is set, but %s.type is %s",
        KEY,
        type);
  }

  private static double positive(double rate, String key) {
    require(rate > 0 && Double.isFinite(rate), KEY + "." + key, "must be positive, not %s", rate);
    return rate;
  }
}
