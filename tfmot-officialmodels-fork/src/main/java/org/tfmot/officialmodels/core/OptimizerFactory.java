package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.api.optimizer.AdamW;
import org.tfmot.api.optimizer.GradientClipping;
import org.tfmot.api.optimizer.Lamb;
import org.tfmot.api.optimizer.Optimizer;
import org.tfmot.api.optimizer.RmsProp;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.api.optimizer.WeightDecay;
import org.tfmot.officialmodels.core.OptimizerConfig.AdamSection;
import org.tfmot.officialmodels.core.OptimizerConfig.AdamWSection;
import org.tfmot.officialmodels.core.OptimizerConfig.LambSection;
import org.tfmot.officialmodels.core.OptimizerConfig.RmsPropSection;
import org.tfmot.officialmodels.core.OptimizerConfig.SgdSection;

/** Makes optimizers of sections; messages begin with the key of the value. */
final class OptimizerFactory {

  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-7;
  private static final double LAMB_EPSILON = 1e-6;

  private final String section;

  /**
   * Prepares.
   *
   * @param section the path of the section that is read
   */
  OptimizerFactory(String section) {
    this.section = section;
  }

  Optimizer sgd(SgdSection values) {
    return clipped(
        new SgdMomentum(
            share("momentum", values.momentum()),
            values.nesterov(),
            atLeastZero("weight_decay", values.weightDecay())),
        values.clipnorm(),
        values.clipvalue(),
        values.globalClipnorm());
  }

  Optimizer adam(AdamSection values) {
    return clipped(
        adam(values.beta1(), values.beta2(), values.epsilon()),
        values.clipnorm(),
        values.clipvalue(),
        values.globalClipnorm());
  }

  Optimizer adamw(AdamWSection values) {
    Optimizer optimizer =
        new AdamW(
            adam(values.beta1(), values.beta2(), values.epsilon()),
            decay(
                values.weightDecayRate(),
                values.includeInWeightDecay(),
                values.excludeFromWeightDecay()));
    double norm = atLeastZero("gradient_clip_norm", or(values.gradientClipNorm(), 1));
    return norm == 0 ? optimizer : optimizer.clipped(GradientClipping.byGlobalNorm(norm));
  }

  Optimizer rmsprop(RmsPropSection values) {
    return clipped(
        new RmsProp(
            share("rho", or(values.rho(), 0.9)),
            share("momentum", or(values.momentum(), 0)),
            positive("epsilon", or(values.epsilon(), EPSILON)),
            values.centered() != null && values.centered()),
        values.clipnorm(),
        values.clipvalue(),
        values.globalClipnorm());
  }

  Optimizer lamb(LambSection values) {
    return clipped(
        new Lamb(
            share("beta_1", or(values.beta1(), BETA_1)),
            share("beta_2", or(values.beta2(), BETA_2)),
            positive("epsilon", or(values.epsilon(), LAMB_EPSILON)),
            decay(values.weightDecayRate(), null, values.excludeFromWeightDecay()),
            patterns("exclude_from_layer_adaptation", values.excludeFromLayerAdaptation())),
        values.clipnorm(),
        values.clipvalue(),
        values.globalClipnorm());
  }

  private Adam adam(@Nullable Double beta1, @Nullable Double beta2, @Nullable Double epsilon) {
    return new Adam(
        share("beta_1", or(beta1, BETA_1)),
        share("beta_2", or(beta2, BETA_2)),
        positive("epsilon", or(epsilon, EPSILON)));
  }

  private WeightDecay decay(
      @Nullable Double rate, @Nullable List<String> include, @Nullable List<String> exclude) {
    return new WeightDecay(
        atLeastZero("weight_decay_rate", or(rate, 0)),
        patterns("include_in_weight_decay", include),
        patterns("exclude_from_weight_decay", exclude));
  }

  private Optimizer clipped(
      Optimizer optimizer,
      @Nullable Double norm,
      @Nullable Double value,
      @Nullable Double globalNorm) {
    int count = (norm == null ? 0 : 1) + (value == null ? 0 : 1) + (globalNorm == null ? 0 : 1);
    require(
        count <= 1,
        section,
        "can have one of clipnorm, clipvalue and global_clipnorm, not several");
    if (norm != null) {
      return optimizer.clipped(GradientClipping.byNorm(positive("clipnorm", norm)));
    }
    if (value != null) {
      return optimizer.clipped(GradientClipping.byValue(positive("clipvalue", value)));
    }
    return globalNorm == null
        ? optimizer
        : optimizer.clipped(GradientClipping.byGlobalNorm(positive("global_clipnorm", globalNorm)));
  }

  private List<String> patterns(String key, @Nullable List<String> patterns) {
    if (patterns == null) {
      return List.of();
    }
    for (String pattern : patterns) {
      require(Objects.nonNull(pattern), section + "." + key, "must not contain null: %s", patterns);
      try {
        Pattern.compile(pattern);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "%s.%s: \"%s\" is not a regular expression: %s"
                .formatted(section, key, pattern, e.getDescription()),
            e);
      }
    }
    return patterns;
  }

  private double share(String key, double value) {
    require(value >= 0 && value < 1, section + "." + key, "must be in [0, 1), not %s", value);
    return value;
  }

  private double atLeastZero(String key, double value) {
    require(
        value >= 0 && Double.isFinite(value),
        section + "." + key,
        "must not be negative: %s",
        value);
    return value;
  }

  private double positive(String key, double value) {
    require(
        value > 0 && Double.isFinite(value),
        section + "." + key,
        "must be positive, not %s",
        value);
    return value;
  }

  private static double or(@Nullable Double value, double standard) {
    return value == null ? standard : value;
  }
}
