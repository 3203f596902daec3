package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.api.optimizer.AdamW;
import org.tfmot.api.optimizer.GradientClipping;
import org.tfmot.api.optimizer.Lamb;
import org.tfmot.api.optimizer.Optimizer;
import org.tfmot.api.optimizer.RmsProp;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.api.optimizer.WeightDecay;

class OptimizerConfigTest {

  @TempDir Path folder;

  static Stream<Arguments> sections() {
    return Stream.of(
        Arguments.of("{type: adam}", new Adam(0.9, 0.999, 1e-7)),
        Arguments.of(
            "{type: adam, adam: {beta_1: 0.8, beta_2: 0.99, epsilon: 1e-5, clipnorm: 2}}",
            new Adam(0.8, 0.99, 1e-5).clipped(GradientClipping.byNorm(2))),
        Arguments.of(
            "{type: adam, adam: {clipvalue: 0.5}}",
            new Adam().clipped(GradientClipping.byValue(0.5))),
        Arguments.of(
            "{type: adamw}", new AdamW(WeightDecay.NONE).clipped(GradientClipping.byGlobalNorm(1))),
        Arguments.of(
            "{type: adamw, adamw: {beta_1: 0.8, beta_2: 0.99, epsilon: 1e-6, weight_decay_rate:"
                + " 0.01, include_in_weight_decay: [kernel], exclude_from_weight_decay: [bias,"
                + " norm], gradient_clip_norm: 0}}",
            new AdamW(
                new Adam(0.8, 0.99, 1e-6),
                new WeightDecay(0.01, List.of("kernel"), List.of("bias", "norm")))),
        Arguments.of("{type: rmsprop}", new RmsProp(0.9, 0, 1e-7, false)),
        Arguments.of(
            "{type: rmsprop, rmsprop: {rho: 0.95, momentum: 0.9, epsilon: 0.001, centered: true,"
                + " global_clipnorm: 3}}",
            new RmsProp(0.95, 0.9, 1e-3, true).clipped(GradientClipping.byGlobalNorm(3))),
        Arguments.of("{type: lamb}", new Lamb(0.9, 0.999, 1e-6, WeightDecay.NONE, List.of())),
        Arguments.of(
            "{type: lamb, lamb: {beta_1: 0.8, beta_2: 0.99, epsilon: 1e-5, weight_decay_rate: 0.1,"
                + " exclude_from_weight_decay: [bias], exclude_from_layer_adaptation: [norm],"
                + " clipvalue: 1}}",
            new Lamb(0.8, 0.99, 1e-5, WeightDecay.of(0.1, "bias"), List.of("norm"))
                .clipped(GradientClipping.byValue(1))),
        Arguments.of(
            "{type: sgd, sgd: {momentum: 0.9, nesterov: false, weight_decay: 1e-4, clipnorm: 1}}",
            new SgdMomentum(0.9, false, 1e-4).clipped(GradientClipping.byNorm(1))));
  }

  @ParameterizedTest
  @MethodSource("sections")
  void section_isTheOptimizerThatCodeMakes(String yaml, Optimizer expected) {
    ExperimentConfig<TinyTaskConfig> config = configure(yaml);
    assertEquals(expected, config.trainerConfig().optimizer());
    config.write(folder);
    ExperimentConfig<?> read =
        TinyTaskConfig.experiment()
            .configure(List.of(folder.resolve(ExperimentConfig.PARAMS)), List.of());
    assertEquals(expected, read.trainerConfig().optimizer());
  }

  @Test
  void factories_areTheSections() {
    assertEquals(
        configure("{type: adamw, adamw: {weight_decay_rate: 0.1, exclude_from_weight_decay: [b]}}")
            .trainerConfig()
            .optimizer(),
        OptimizerConfig.adamw(0.1, "b").create());
    assertEquals(new Adam(0.8, 0.9, 0.1), OptimizerConfig.adam(0.8, 0.9, 0.1).create());
    assertEquals(
        new RmsProp(),
        OptimizerConfig.of(
                new OptimizerConfig.RmsPropSection(null, null, null, null, null, null, null))
            .create());
    assertEquals(
        new Lamb(WeightDecay.NONE),
        OptimizerConfig.of(
                new OptimizerConfig.LambSection(
                    null, null, null, null, null, null, null, null, null))
            .create());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{type: adam, adam: {beta_1: 1}}          | optimizer.adam.beta_1 must be in [0, 1)",
        "{type: adam, adam: {beta1: 0.9}}         | unknown key",
        "{type: adam, adam: {amsgrad: true}}      | unknown key",
        "{type: adam, adam: {epsilon: 0}}         | adam.epsilon must be positive, not 0.0",
        "{type: adam, adam: {clipnorm: -1}}       | adam.clipnorm must be positive, not -1.0",
        "{type: adam, adam: {clipnorm: 1, clipvalue: 1}} | optimizer.adam can have one of clipnorm",
        "{type: adamw, adamw: {weight_decay_rate: -1}} | adamw.weight_decay_rate must not be neg",
        "{type: adamw, adamw: {gradient_clip_norm: -1}} | gradient_clip_norm must not be neg",
        "{type: adamw, adamw: {exclude_from_weight_decay: ['(']}} | \"(\" is not a regular expr",
        "{type: adamw, adamw: {exclude_from_weight_decay: [null]}} | must not contain null",
        "{type: adamw, adamw: {clipnorm: 1}}      | unknown key",
        "{type: rmsprop, rmsprop: {rho: 2}}       | rmsprop.rho must be in [0, 1), not 2.0",
        "{type: rmsprop, rmsprop: {centered: 1}}  | rmsprop.centered",
        "{type: lamb, lamb: {beta_2: -0.5}}       | lamb.beta_2 must be in [0, 1), not -0.5",
        "{type: lamb, adam: {beta_2: 0.9}}        | optimizer.adam is set, but",
        "{type: null}                             | optimizer.type must be set"
      })
  void wrongSection_namesTheKey(String yaml, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> configure(yaml));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"adamw", "rmsprop", "lamb"})
  void run_resumedInAFolder_hasTheSameBits(String type) {
    Optimizer optimizer = configure("{type: " + type + "}").trainerConfig().optimizer();
    TrainingResult whole = train(optimizer, 30, folder.resolve("whole"));
    train(optimizer, 17, folder.resolve("parts"));
    TrainingResult parts = train(optimizer, 30, folder.resolve("parts"));
    for (Variable variable : whole.model().variables().values()) {
      assertEquals(
          variable.value(), parts.model().variable(variable.name()).value(), variable.name());
    }
    assertEquals(whole.metrics(), parts.metrics());
  }

  @Test
  void otherOptimizer_inAFolder_isRefused() {
    train(new Adam(), 5, folder);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> train(new RmsProp(), 10, folder));
    assertTrue(e.getMessage().contains("RMSProp/rms"), e.getMessage());
  }

  private static TrainingResult train(Optimizer optimizer, long steps, Path folder) {
    TinyTask task = new TinyTask();
    TrainerConfig config =
        new TrainerConfig(steps, optimizer, LearningRate.cosine(0.01, 30), 10, 0, 7, Threads.ONE);
    return new Trainer(task, config, folder, new TrainingListener() {})
        .train(task.buildModel(7), List.of());
  }

  private static ExperimentConfig<TinyTaskConfig> configure(String yaml) {
    return TinyTaskConfig.experiment()
        .configure(List.of(), List.of("trainer.optimizer_config.optimizer=" + yaml));
  }
}
