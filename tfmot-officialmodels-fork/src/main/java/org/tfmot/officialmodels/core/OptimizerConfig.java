package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requireSet;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.api.optimizer.AdamW;
import org.tfmot.api.optimizer.Lamb;
import org.tfmot.api.optimizer.Optimizer;
import org.tfmot.api.optimizer.RmsProp;
import org.tfmot.api.optimizer.SgdMomentum;

/**
 * The section {@code trainer.optimizer_config.optimizer}: an optimizer by name, and its values in
 * the section of that name. The other sections are absent. Keys and default values are those of
 * Official Models; what is null has its default value.
 *
 * @param type {@code sgd}, {@code adam}, {@code adamw}, {@code rmsprop} or {@code lamb}
 * @param sgd see {@link SgdMomentum}
 * @param adam see {@link Adam}
 * @param adamw see {@link AdamW}
 * @param rmsprop see {@link RmsProp}
 * @param lamb see {@link Lamb}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record OptimizerConfig(
    String type,
    @Nullable SgdSection sgd,
    @Nullable AdamSection adam,
    @Nullable AdamWSection adamw,
    @Nullable RmsPropSection rmsprop,
    @Nullable LambSection lamb) {

  private static final String KEY = "trainer.optimizer_config.optimizer";

  /**
   * The values of {@link SgdMomentum}.
   *
   * @param clipnorm the longest gradient of a variable
   * @param clipvalue the largest element of a gradient
   * @param globalClipnorm the longest that all gradients are together
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record SgdSection(
      double momentum,
      boolean nesterov,
      double weightDecay,
      @Nullable Double clipnorm,
      @Nullable Double clipvalue,
      @Nullable Double globalClipnorm) {}

  /**
   * The values of {@link Adam}; 0.9, 0.999 and 1e-7 unless given. For clipping see {@link
   * SgdSection}.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record AdamSection(
      @Nullable Double beta1,
      @Nullable Double beta2,
      @Nullable Double epsilon,
      @Nullable Double clipnorm,
      @Nullable Double clipvalue,
      @Nullable Double globalClipnorm) {

    static final AdamSection DEFAULT = new AdamSection(null, null, null, null, null, null);
  }

  /**
   * The values of {@link AdamW}.
   *
   * @param beta1 0.9 unless given
   * @param beta2 0.999 unless given
   * @param epsilon 1e-7 unless given
   * @param weightDecayRate 0 unless given
   * @param includeInWeightDecay patterns of variables that decay
   * @param excludeFromWeightDecay patterns of variables that do not; none unless given, so that
   *     biases and batch norm decay too
   * @param gradientClipNorm the longest that all gradients are together, 1 unless given; 0 for
   *     gradients as they are
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record AdamWSection(
      @Nullable Double beta1,
      @Nullable Double beta2,
      @Nullable Double epsilon,
      @Nullable Double weightDecayRate,
      @Nullable List<String> includeInWeightDecay,
      @Nullable List<String> excludeFromWeightDecay,
      @Nullable Double gradientClipNorm) {

    static final AdamWSection DEFAULT = new AdamWSection(null, null, null, null, null, null, null);
  }

  /**
   * The values of {@link RmsProp}; 0.9, 0, 1e-7 and false unless given. For clipping see {@link
   * SgdSection}.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record RmsPropSection(
      @Nullable Double rho,
      @Nullable Double momentum,
      @Nullable Double epsilon,
      @Nullable Boolean centered,
      @Nullable Double clipnorm,
      @Nullable Double clipvalue,
      @Nullable Double globalClipnorm) {

    static final RmsPropSection DEFAULT =
        new RmsPropSection(null, null, null, null, null, null, null);
  }

  /**
   * The values of {@link Lamb}; 0.9, 0.999, 1e-6 and no decay unless given. For clipping see {@link
   * SgdSection}.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record LambSection(
      @Nullable Double beta1,
      @Nullable Double beta2,
      @Nullable Double epsilon,
      @Nullable Double weightDecayRate,
      @Nullable List<String> excludeFromWeightDecay,
      @Nullable List<String> excludeFromLayerAdaptation,
      @Nullable Double clipnorm,
      @Nullable Double clipvalue,
      @Nullable Double globalClipnorm) {

    static final LambSection DEFAULT =
        new LambSection(null, null, null, null, null, null, null, null, null);
  }

  /** Stochastic gradient descent. */
  public static OptimizerConfig sgd(double momentum, boolean nesterov, double weightDecay) {
    return of(new SgdSection(momentum, nesterov, weightDecay, null, null, null));
  }

  /** Adam. */
  public static OptimizerConfig adam(double beta1, double beta2, double epsilon) {
    return of(new AdamSection(beta1, beta2, epsilon, null, null, null));
  }

  /** AdamW with default values; patterns name the variables that do not decay. */
  public static OptimizerConfig adamw(double weightDecayRate, String... exclude) {
    return of(new AdamWSection(null, null, null, weightDecayRate, null, List.of(exclude), null));
  }

  /** Stochastic gradient descent. */
  public static OptimizerConfig of(SgdSection values) {
    return new OptimizerConfig("sgd", values, null, null, null, null);
  }

  /** Adam. */
  public static OptimizerConfig of(AdamSection values) {
    return new OptimizerConfig("adam", null, values, null, null, null);
  }

  /** AdamW. */
  public static OptimizerConfig of(AdamWSection values) {
    return new OptimizerConfig("adamw", null, null, values, null, null);
  }

  /** RMSProp. */
  public static OptimizerConfig of(RmsPropSection values) {
    return new OptimizerConfig("rmsprop", null, null, null, values, null);
  }

  /** LAMB. */
  public static OptimizerConfig of(LambSection values) {
    return new OptimizerConfig("lamb", null, null, null, null, values);
  }

  /**
   * The optimizer.
   *
   * @throws IllegalArgumentException if a value is missing or out of range; the message names it
   */
  Optimizer create() {
    requireSet(type, KEY + ".type");
    requireAbsent("sgd", sgd);
    requireAbsent("adam", adam);
    requireAbsent("adamw", adamw);
    requireAbsent("rmsprop", rmsprop);
    requireAbsent("lamb", lamb);
    OptimizerFactory factory = new OptimizerFactory(KEY + "." + type);
    return switch (type) {
      case "sgd" -> factory.sgd(requireSet(sgd, KEY + ".sgd"));
      case "adam" -> factory.adam(adam == null ? AdamSection.DEFAULT : adam);
      case "adamw" -> factory.adamw(adamw == null ? AdamWSection.DEFAULT : adamw);
      case "rmsprop" -> factory.rmsprop(rmsprop == null ? RmsPropSection.DEFAULT : rmsprop);
      case "lamb" -> factory.lamb(lamb == null ? LambSection.DEFAULT : lamb);
      default ->
          throw new IllegalArgumentException(
              KEY + ".type must be sgd, adam, adamw, rmsprop or lamb, not \"" + type + "\"");
    };
  }

  private void requireAbsent(String name, @Nullable Object section) {
    require(
        section == null || name.equals(type),
        KEY + "." + name,
        "is set, but %s.type is %s",
        KEY,
        type);
  }
}
