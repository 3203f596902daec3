package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/** Experiments with a technique that they know nothing of. */
class TechniqueSectionsTest {

  private static final Experiment<TinyTaskConfig> EXPERIMENT = TinyTaskConfig.experiment();

  @TempDir Path folder;

  @Test
  void section_startsFromItsDefaultValues_andComesBackFromYaml() {
    ExperimentConfig<TinyTaskConfig> config = configure("task.halving.count_factor=2");
    assertEquals(List.of(new HalvingConfig(null, 2, 1)), config.techniques());
    config.write(folder);
    assertEquals(
        config, EXPERIMENT.configure(List.of(folder.resolve(ExperimentConfig.PARAMS)), List.of()));
    assertTrue(
        config
            .toYaml()
            .contains(
                """
                  halving:
                    pretrained_original_checkpoint: null
                    count_factor: 2.0
                    every_n_steps: 1
                """),
        config.toYaml());
    assertEquals(List.of(new HalvingConfig()), configure("task={halving: {}}").techniques());
  }

  @Test
  void section_ofTheExperiment_isChangedByKeyAndTakenOutByNull() {
    Experiment<TinyTaskConfig> with =
        new Experiment<>(
            "with",
            "",
            EXPERIMENT.defaults().withTechniques(new HalvingConfig(null, 3, 2)),
            TinyTaskConfig.class);
    assertEquals(
        List.of(new HalvingConfig(null, 3, 5)),
        with.configure(List.of(), List.of("task.halving.every_n_steps=5")).techniques());
    assertEquals(List.of(), with.configure(List.of(), List.of("task.halving=null")).techniques());
    assertEquals(
        List.of(new HalvingConfig(null, 3, 2)), with.configure(List.of(), List.of()).techniques());
    assertEquals(
        List.of(), EXPERIMENT.configure(List.of(), List.of("task.halving=null")).techniques());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "task.halving.count_facto=2   | unknown key \"task.halving.count_facto\", the nearest is"
            + " \"count_factor\"",
        "task.halving.count_facto=2   | task.halving has count_factor, every_n_steps, pretrained",
        "task.halfing.count_factor=2  | unknown key \"task.halfing\", the nearest is \"halving\"",
        "task.halving=5               | task.halving",
        "task.halving.every_n_steps=x | task.halving.every_n_steps: ",
        "task.halving.every_n_steps=null | task.halving.every_n_steps: ",
        "task.halving.count_factor=-1 | task.halving.count_factor must be positive, not -1.0",
        "task.init_checkpoint=a,task.halving.pretrained_original_checkpoint=b |"
            + " task.halving.pretrained_original_checkpoint and task.init_checkpoint are both set",
        "trainer.step=5               | unknown key \"trainer.step\", the nearest is"
            + " \"train_steps\""
      })
  void wrongOverride_namesTheKey(String override, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> configure(override));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void twoOfOneSection_areRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                EXPERIMENT
                    .defaults()
                    .withTechniques(new HalvingConfig(), new HalvingConfig(null, 1, 1)));
    assertTrue(e.getMessage().contains("task.halving is the section of two"), e.getMessage());
  }

  @Test
  void componentOfTheTaskWithTheNameOfASection_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new Experiment<>(
                        "clash",
                        "",
                        new ExperimentConfig<>(
                            new ClashConfig(1, null),
                            EXPERIMENT.defaults().trainer(),
                            EXPERIMENT.defaults().runtime()),
                        ClashConfig.class)
                    .configure(List.of(), List.of()));
    assertTrue(e.getMessage().contains("task.halving is the section of a tech"), e.getMessage());
  }

  /** Has a component with the name of a technique's section. */
  record ClashConfig(int halving, String initCheckpoint) implements TaskConfig {
    @Override
    public String evaluationData() {
      return "none";
    }

    @Override
    public void validate() {}

    @Override
    public Task createTask() {
      return new TinyTask();
    }
  }

  @Test
  void run_callsTheHooks_resumesTheirState_andExportsTheStrippedModel() throws IOException {
    assertCount(10, train("trainer.train_steps=10,task.halving.count_factor=2"));
    ExperimentRunner second = runner("trainer.train_steps=15,task.halving.count_factor=2");
    assertCount(15, second.train().model());
    assertTrue(second.hasOptimized());
    List<String> lines = second.export();
    assertEquals(
        "exported " + folder.resolve("export/15/saved_model") + ": TensorFlow SavedModel, stripped",
        lines.get(0));
    GraphModel exported = GraphModel.load(folder.resolve("export/15/saved_model"));
    assertArrayEquals(
        new float[] {30, 30, 30}, TensorProtos.toFloats(exported.variable("logits/bias").value()));
    assertFalse(exported.isTraining());
    assertTrue(Files.readString(folder.resolve("techniques.txt")).startsWith("halving: 0 op"));
    // Also in a later process, over the files of the first time.
    runner("trainer.train_steps=15,task.halving.count_factor=2").export();
    try (Stream<Path> exports = Files.list(folder.resolve("export"))) {
      assertEquals(List.of("15"), exports.map(f -> f.getFileName().toString()).toList());
    }
  }

  @Test
  void resumption_withAnotherTechnique_isRefused() {
    train("trainer.train_steps=5,task.halving.count_factor=2");
    for (String other : List.of("task.halving.count_factor=3", "trainer.train_steps=10")) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> train(other));
      assertTrue(e.getMessage().contains("task.halving.count_factor (2.0 there"), e.getMessage());
    }
  }

  @Test
  void evaluation_isOfTheStrippedModel() {
    train("trainer.train_steps=5,task.halving.count_factor=1e30");
    Metrics large = runner("trainer.train_steps=5,task.halving.count_factor=1e30").evaluate();
    // All biases are so large that they drown the rest: the first class wins each time.
    assertTrue(large.values().get("accuracy") < 0.6, large.toString());
  }

  @Test
  void evaluation_withoutACheckpointOfItsOwn_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> runner("task.halving.count_factor=1,task.init_checkpoint=x").evaluate());
    assertTrue(e.getMessage().contains("before its techniques"), e.getMessage());
  }

  @Test
  void average_ofTechniques_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> runner("task.halving.count_factor=1").average(List.of(folder, folder)));
    assertTrue(e.getMessage().contains("[task.halving]"), e.getMessage());
  }

  @Test
  void originalCheckpoint_isOfTheModelBeforeTheTechnique() {
    Path pretrained = folder.resolve("float");
    GraphModel floats =
        new ExperimentRunner(
                configure("trainer.train_steps=5"), pretrained, new TrainingListener() {})
            .train()
            .model();
    Path target = folder.resolve("target");
    GraphModel continued =
        new ExperimentRunner(
                configure(
                    "task.halving.pretrained_original_checkpoint="
                        + pretrained
                        + ",trainer.train_steps=1,trainer.optimizer_config.learning_rate.cosine"
                        + ".initial_learning_rate=1e-30"),
                target,
                new TrainingListener() {})
            .train()
            .model();
    assertEquals(floats.variable("conv/kernel"), continued.variable("conv/kernel"));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ExperimentRunner(
                        configure("task.halving.pretrained_original_checkpoint=" + folder),
                        folder.resolve("other"),
                        new TrainingListener() {})
                    .train());
    assertTrue(e.getMessage().contains("no checkpoint in the folder " + folder), e.getMessage());
    e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ExperimentRunner(
                        configure("task.halving.pretrained_original_checkpoint=classpath:a/ckpt"),
                        folder.resolve("other"),
                        new TrainingListener() {})
                    .train());
    assertTrue(e.getMessage().contains("classpath:a/ckpt does not fit"), e.getMessage());
  }

  @Test
  void modelWithATechnique_withoutHooks_isRefused() {
    Optimized optimized = new HalvingConfig().create().apply(new TinyTask().buildModel(7));
    Trainer trainer =
        new Trainer(new TinyTask(), TinyRun.config(5), folder, new TrainingListener() {});
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> trainer.train(optimized.model(), List.of()));
    assertTrue(e.getMessage().contains("its hooks are missing"), e.getMessage());
    assertTrue(e.getMessage().contains("halving/add"), e.getMessage());
    assertTrue(e.getMessage().contains("Task.optimize"), e.getMessage());
    assertCount(5, trainer.train(optimized).model());
  }

  @Test
  void modelWithATechnique_withHooksOfOthersOnly_isRefusedAndNamesTheOperation() {
    Optimized optimized = new HalvingConfig().create().apply(new TinyTask().buildModel(7));
    Trainer trainer =
        new Trainer(new TinyTask(), TinyRun.config(5), folder, new TrainingListener() {});
    TrainingHook logging = new TrainingHook() {};
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> trainer.train(optimized.model(), List.of(logging)));
    assertTrue(e.getMessage().contains("none of the 1 hooks runs halving/add"), e.getMessage());
    // An Optimized that began with the model of another one lacks the hooks of that.
    Optimized watched =
        Optimized.of(optimized.model())
            .with(
                optimized.model(),
                List.of(logging),
                new OptimizationReport("logging", List.of(), List.of()),
                UnaryOperator.identity());
    assertThrows(IllegalArgumentException.class, () -> trainer.train(watched));
    List<TrainingHook> both = new ArrayList<>(optimized.hooks());
    both.add(logging);
    assertCount(5, trainer.train(optimized.model(), both).model());
  }

  @Test
  void modelWithATechnique_fromBuildModel_isRefusedByTheRunner() {
    ExperimentConfig<TechniqueTaskConfig> config =
        new ExperimentConfig<>(
            new TechniqueTaskConfig(false, null),
            configure("trainer.train_steps=5").trainer(),
            RuntimeSection.DEFAULT);
    ExperimentRunner runner = new ExperimentRunner(config, folder, new TrainingListener() {});
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, runner::train);
    assertTrue(e.getMessage().contains("its hooks are missing"), e.getMessage());
    assertFalse(Files.exists(folder.resolve(ExperimentConfig.PARAMS)));
  }

  @Test
  void techniqueOfTheTask_isTrainedWithItsHooks() {
    ExperimentConfig<TechniqueTaskConfig> config =
        new ExperimentConfig<>(
            new TechniqueTaskConfig(true, null),
            configure("trainer.train_steps=5").trainer(),
            RuntimeSection.DEFAULT);
    ExperimentRunner runner = new ExperimentRunner(config, folder, new TrainingListener() {});
    assertCount(5, runner.train().model());
    assertTrue(runner.hasOptimized());
  }

  /** Makes a task that applies the technique itself: in the right place, or too early. */
  record TechniqueTaskConfig(boolean right, String initCheckpoint) implements TaskConfig {
    @Override
    public String evaluationData() {
      return "held-out";
    }

    @Override
    public void validate() {}

    @Override
    public Task createTask() {
      return new TinyTask() {
        @Override
        public GraphModel buildModel(long seed) {
          GraphModel model = super.buildModel(seed);
          return right ? model : new HalvingConfig().create().apply(model).model();
        }

        @Override
        public Optimized optimize(GraphModel model) {
          return right ? new HalvingConfig().create().apply(model) : Optimized.of(model);
        }
      };
    }
  }

  private static void assertCount(float expected, GraphModel model) {
    Variable count = model.variable(HalvingConfig.COUNT);
    assertArrayEquals(new float[] {expected}, TensorProtos.toFloats(count.value()));
  }

  private GraphModel train(String overrides) {
    return runner(overrides).train().model();
  }

  private ExperimentRunner runner(String overrides) {
    return new ExperimentRunner(configure(overrides), folder, new TrainingListener() {});
  }

  private static ExperimentConfig<TinyTaskConfig> configure(String overrides) {
    return EXPERIMENT.configure(List.of(), List.of(overrides));
  }
}
