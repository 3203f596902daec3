package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.api.Threads;
import org.tfmot.api.optimizer.SgdMomentum;

class ExperimentConfigTest {

  private static final Experiment<TinyTaskConfig> EXPERIMENT = TinyTaskConfig.experiment();

  @TempDir Path folder;

  @Test
  void configure_withoutOverrides_isTheRegisteredConfiguration() {
    assertEquals(EXPERIMENT.defaults(), EXPERIMENT.configure(List.of(), List.of()));
  }

  @Test
  void configure_laterWins_defaultsThenFilesThenOverrides() throws IOException {
    Path first = file("first.yaml", "task: {filters: 8}\ntrainer: {train_steps: 11, seed: 12}\n");
    Path second = file("second.yaml", "trainer:\n  seed: 13\n  checkpoint_interval: 14\n");
    ExperimentConfig<TinyTaskConfig> config =
        EXPERIMENT.configure(
            List.of(first, second),
            List.of("trainer.checkpoint_interval=15", "trainer.checkpoint_interval=16"));
    assertEquals(8, config.task().filters());
    assertEquals(11, config.trainer().trainSteps());
    assertEquals(13, config.trainer().seed());
    assertEquals(16, config.trainer().checkpointInterval());
    assertEquals(
        EXPERIMENT.defaults().trainer().validationInterval(),
        config.trainer().validationInterval());
  }

  @Test
  void configure_emptyFile_overridesNothing() throws IOException {
    Path empty = file("empty.yaml", "# nothing yet\n");
    assertEquals(EXPERIMENT.defaults(), EXPERIMENT.configure(List.of(empty), List.of()));
  }

  @Test
  void toYaml_readBack_isTheSame() throws IOException {
    ExperimentConfig<TinyTaskConfig> config =
        override(
            "task.init_checkpoint=/some/ckpt-5,runtime.intra_op_threads=2,"
                + "trainer.optimizer_config.learning_rate.type=stepwise,"
                + "trainer.optimizer_config.learning_rate.stepwise.boundaries=[10, 20],"
                + "trainer.optimizer_config.learning_rate.stepwise.values=[0.1, 1e-2, 0.001],"
                + "trainer.optimizer_config.warmup.type=null");
    config.write(folder);
    ExperimentConfig<TinyTaskConfig> read =
        EXPERIMENT.configure(List.of(folder.resolve("params.yaml")), List.of());
    assertEquals(config.task(), read.task());
    assertEquals(config.runtime(), read.runtime());
    assertEquals(
        config.trainer().optimizerConfig().learningRate(),
        read.trainer().optimizerConfig().learningRate());
  }

  @Test
  void toYaml_hasTheKeysOfOfficialModels() {
    assertEquals(
        """
        task:
          filters: 4
          init_checkpoint: null
        trainer:
          train_steps: 40
          checkpoint_interval: 20
          validation_interval: 20
          loss_upper_bound: 1000000.0
          seed: 7
          optimizer_config:
            optimizer:
              type: sgd
              sgd:
                momentum: 0.9
                nesterov: true
                weight_decay: 0.001
            learning_rate:
              type: cosine
              cosine:
                initial_learning_rate: 0.05
                decay_steps: null
            warmup:
              type: linear
              linear:
                warmup_steps: 10
        runtime:
          intra_op_threads: 1
          inter_op_threads: 1
        """,
        EXPERIMENT.defaults().toYaml());
  }

  @Test
  void trainerConfig_holdsTheValues() {
    TrainerConfig config = EXPERIMENT.defaults().trainerConfig();
    assertEquals(40, config.trainSteps());
    assertEquals(20, config.checkpointInterval());
    assertEquals(20, config.validationInterval());
    assertEquals(7, config.seed());
    assertEquals(1e6, config.lossUpperBound());
    assertEquals(Threads.ONE, config.threads());
    assertEquals(new SgdMomentum(0.9, true, 1e-3), config.optimizer());
    LearningRate expected = LearningRate.cosine(0.05, 40).withWarmup(10);
    for (long step : new long[] {0, 5, 10, 25, 40}) {
      assertEquals(expected.at(step), config.learningRate().at(step));
    }
  }

  @Test
  void cosine_decaySteps_mayDifferFromTrainSteps() {
    ExperimentConfig<?> config =
        override(
            "trainer.optimizer_config.learning_rate.cosine.decay_steps=80,"
                + "trainer.optimizer_config.warmup={type: null}");
    assertEquals(0.025, config.trainerConfig().learningRate().at(40), 1e-12);
  }

  @Test
  void cosineRestarts_holdTheValues() {
    ExperimentConfig<?> config =
        override(
            "trainer.optimizer_config.learning_rate={type: cosine_restarts, cosine_restarts:"
                + " {initial_learning_rate: 0.2, first_decay_steps: 100, t_mul: 0.5, m_mul: 0.25}},"
                + "trainer.optimizer_config.warmup={type: null}");
    LearningRate rate = config.trainerConfig().learningRate();
    assertEquals(0.1, rate.at(50), 1e-12);
    assertEquals(0.05, rate.at(100), 1e-12);
    assertEquals(0.025, rate.at(125), 1e-12);
  }

  @Test
  void changedType_dropsTheValuesOfTheOldOne() {
    LearningRateConfig rate =
        override(
                "trainer.optimizer_config.learning_rate="
                    + "{type: constant, constant: {learning_rate: 5e-4}}")
            .trainer()
            .optimizerConfig()
            .learningRate();
    assertEquals(LearningRateConfig.constant(5e-4), rate);
    assertNull(rate.cosine());
  }

  @Test
  void warmup_typeNull_isNone() {
    ExperimentConfig<?> config = override("trainer.optimizer_config.warmup.type=null");
    assertEquals(WarmupConfig.none(), config.trainer().optimizerConfig().warmup());
    assertEquals(0.05, config.trainerConfig().learningRate().at(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trainer.train_stepz=1                  | unknown key \"trainer.train_stepz\"",
        "trainr.train_steps=1                   | unknown key \"trainr\"",
        "task.model.depth=20                    | unknown key \"task.model\"",
        "trainer.optimizer_config.warmup.cosine=1"
            + " | unknown key \"trainer.optimizer_config.warmup.cosine\"",
        "trainer.train_steps=many               | trainer.train_steps",
        "trainer.train_steps=1.5                | trainer.train_steps",
        "trainer.train_steps=null               | trainer.train_steps",
        "trainer.train_steps=true               | trainer.train_steps",
        "trainer=null                           | trainer is a section",
        "trainer=5                              | trainer is a section and cannot be 5",
        "trainer.train_steps                    | expected section.key=value",
        "=5                                     | expected section.key=value",
        "trainer..train_steps=5                 | expected section.key=value",
        "trainer.train_steps=                   | trainer.train_steps has no value",
        "trainer.train_steps=[1                 | is not YAML",
        "trainer.seed=1,trainer.seed=2          | trainer.seed is given twice",
        "trainer=5,trainer.seed=2               | trainer.seed is given twice",
        "trainer.train_steps=0                  | trainer.train_steps must be positive, not 0",
        "trainer.checkpoint_interval=-1         | trainer.checkpoint_interval must be positive",
        "trainer.validation_interval=-1         | trainer.validation_interval must not be neg",
        "trainer.loss_upper_bound=0             | trainer.loss_upper_bound must be positive",
        "runtime.intra_op_threads=-1            | runtime.intra_op_threads must not be negative",
        "runtime.inter_op_threads=-1            | runtime.inter_op_threads must not be negative",
        "trainer.optimizer_config.optimizer.type=lion | must be sgd, adam, adamw, rmsprop or lamb",
        "trainer.optimizer_config.optimizer.type=sgd,trainer.optimizer_config.optimizer.adam.epsilon=1"
            + " | optimizer.adam is set, but",
        "trainer.optimizer_config.optimizer.sgd.momentum=1 | sgd.momentum must be in [0, 1)",
        "trainer.optimizer_config.optimizer.sgd.weight_decay=-1 | weight_decay must not be neg",
        "trainer.optimizer_config.learning_rate.type=poly"
            + " | must be constant, cosine, cosine_restarts, polynomial or stepwise",
        "trainer.optimizer_config.learning_rate.type=stepwise | learning_rate.stepwise must be set",
        "trainer.optimizer_config.learning_rate.constant={learning_rate: 1}"
            + " | learning_rate.constant is set, but",
        "trainer.optimizer_config.learning_rate.cosine.initial_learning_rate=0"
            + " | cosine.initial_learning_rate must be positive",
        "trainer.optimizer_config.learning_rate.cosine.decay_steps=0"
            + " | cosine.decay_steps must be positive",
        "trainer.optimizer_config.learning_rate={type: cosine_restarts, cosine_restarts:"
            + " {initial_learning_rate: 1, first_decay_steps: 0, t_mul: 1, m_mul: 1}}"
            + " | first_decay_steps must be positive, not 0",
        "trainer.optimizer_config.learning_rate={type: cosine_restarts, cosine_restarts:"
            + " {initial_learning_rate: 1, first_decay_steps: 9, t_mul: 0, m_mul: 1}}"
            + " | cosine_restarts.t_mul must be positive, not 0",
        "trainer.optimizer_config.warmup.type=poly | warmup.type must be linear or null",
        "trainer.optimizer_config.warmup.linear.warmup_steps=-1 | warmup_steps must not be neg",
        "task.filters=0                         | task.filters must be positive"
      })
  void configure_wrongOverride_namesTheKey(String override, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> override(override));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[100, 50]  | [0.1, 0.2, 0.3] | boundaries must ascend",
        "[100, 100] | [0.1, 0.2, 0.3] | boundaries must ascend",
        "[100]      | [0.1]           | values must be one more than the 1 boundaries, not 1",
        "[100]      | [0.1, 0]        | values must be positive"
      })
  void stepwise_wrongValues_areNamed(String boundaries, String values, String message) {
    String override =
        "trainer.optimizer_config.learning_rate={type: stepwise, stepwise: {boundaries: %s,"
            + " values: %s}}";
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> override(override.formatted(boundaries, values)));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void unknownKey_inAFile_namesFileAndTheKeysThatThereAre() throws IOException {
    Path file = file("mine.yaml", "trainer:\n  steps: 5\n");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> EXPERIMENT.configure(List.of(file), List.of()));
    assertTrue(e.getMessage().startsWith(file + ": unknown key \"trainer.steps\""), e.getMessage());
    assertTrue(e.getMessage().contains("train_steps"), e.getMessage());
  }

  @Test
  void configFile_absentOrBroken_isNamed() throws IOException {
    for (Path file :
        List.of(
            folder.resolve("absent.yaml"),
            file("list.yaml", "- 1\n- 2\n"),
            file("text.yaml", "trainer"),
            file("broken.yaml", "trainer: {train_steps: 5\n"),
            file("twice.yaml", "trainer: {seed: 1, seed: 2}\n"))) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> EXPERIMENT.configure(List.of(file), List.of()));
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }
  }

  @Test
  void registry_knowsItsExperimentsAndRefusesTheRest() {
    ExperimentRegistry registry = new ExperimentRegistry();
    registry.register(EXPERIMENT);
    assertEquals(EXPERIMENT, registry.get("tiny"));
    assertEquals(List.of(EXPERIMENT), List.copyOf(registry.experiments()));
    assertThrows(IllegalArgumentException.class, () -> registry.register(EXPERIMENT));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> registry.get("large"));
    assertTrue(e.getMessage().contains("only tiny"), e.getMessage());
    Experiment<TinyTaskConfig> wrong =
        new Experiment<>("wrong", "", withFilters(0), TinyTaskConfig.class);
    assertThrows(IllegalArgumentException.class, () -> registry.register(wrong));
    assertFalse(registry.experiments().contains(wrong));
  }

  private static ExperimentConfig<TinyTaskConfig> withFilters(int filters) {
    ExperimentConfig<TinyTaskConfig> defaults = EXPERIMENT.defaults();
    return new ExperimentConfig<>(
        new TinyTaskConfig(filters, null), defaults.trainer(), defaults.runtime());
  }

  private static ExperimentConfig<TinyTaskConfig> override(String text) {
    return EXPERIMENT.configure(List.of(), List.of(text));
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
