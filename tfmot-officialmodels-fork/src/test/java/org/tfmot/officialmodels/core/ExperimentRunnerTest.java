package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.api.GraphModel;

class ExperimentRunnerTest {

  private static final Experiment<TinyTaskConfig> EXPERIMENT = TinyTaskConfig.experiment();

  @TempDir Path folder;

  @Test
  void train_writesTheEffectiveParametersThatRepeatTheRun() {
    TrainingResult first = run(folder.resolve("a"), "trainer.train_steps=25").train();
    ExperimentConfig<TinyTaskConfig> params =
        EXPERIMENT.configure(List.of(folder.resolve("a/params.yaml")), List.of());
    assertEquals(25, params.trainer().trainSteps());
    TrainingResult second =
        new ExperimentRunner(params, folder.resolve("b"), new TrainingListener() {}).train();
    assertEquals(first.model().variables(), second.model().variables());
  }

  @Test
  void evaluate_newestCheckpoint_givesTheMetricsOfTraining() {
    Metrics trained = run(folder, "trainer.train_steps=25").train().metrics();
    assertEquals(trained, run(folder, "trainer.train_steps=25").evaluate());
    assertTrue(Files.exists(folder.resolve("metrics-25-held-out.json")));
  }

  @Test
  void evaluate_nothingTrained_saysSo() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> run(folder, "trainer.seed=1").evaluate());
    assertTrue(e.getMessage().contains("no checkpoint in " + folder), e.getMessage());
  }

  @Test
  void initCheckpoint_fileOrFolder_isWhereTrainingAndEvaluationStart() {
    Path pretrained = folder.resolve("pretrained");
    GraphModel expected = run(pretrained, "trainer.train_steps=25").train().model();
    for (Path start : List.of(pretrained, pretrained.resolve("ckpt-25"))) {
      AtomicReference<GraphModel> seen = new AtomicReference<>();
      ExperimentConfig<StartRecorder> config =
          new ExperimentConfig<>(
              new StartRecorder(start.toString(), seen),
              EXPERIMENT.defaults().trainer(),
              EXPERIMENT.defaults().runtime());
      new ExperimentRunner(config, folder.resolve("none"), new TrainingListener() {}).evaluate();
      assertEquals(
          expected.variable("conv/kernel"), seen.get().variable("conv/kernel"), start.toString());
    }
    // With a rate of next to nothing the weights stay what they were.
    TrainingResult continued =
        run(
                folder.resolve("continued"),
                "task.init_checkpoint=%s,trainer.train_steps=1,".formatted(pretrained)
                    + "trainer.optimizer_config.learning_rate.cosine.initial_learning_rate=1e-30")
            .train();
    assertEquals(expected.variable("conv/kernel"), continued.model().variable("conv/kernel"));
  }

  @Test
  void initCheckpoint_folderWithACheckpointOfItsOwn_isIgnored() throws IOException {
    Path pretrained = folder.resolve("pretrained");
    run(pretrained, "trainer.seed=1,trainer.train_steps=5").train();
    Path own = folder.resolve("own");
    GraphModel first = run(own, "trainer.train_steps=5").train().model();
    Files.delete(own.resolve("params.yaml")); // Else the run would be another than before.
    GraphModel again =
        run(own, "trainer.train_steps=5,task.init_checkpoint=" + pretrained).train().model();
    assertEquals(first.variables(), again.variables());
    assertNotEquals(
        first.variables(),
        new TinyTask().buildModel(0).restore(pretrained.resolve("ckpt-5")).variables());
  }

  @Test
  void initCheckpoint_ofAnotherShape_namesTheVariableBeforeTraining() {
    Path pretrained = folder.resolve("pretrained");
    run(pretrained, "task.filters=6,trainer.train_steps=5").train();
    Path target = folder.resolve("target");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(target, "task.init_checkpoint=" + pretrained).train());
    assertTrue(e.getMessage().contains("\"conv/kernel\""), e.getMessage());
    assertTrue(Trainer.latestCheckpoint(target).isEmpty());
  }

  @Test
  void initCheckpoint_absent_isNamed() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    for (Path absent : List.of(empty, folder.resolve("ckpt-1"))) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> run(folder.resolve("t"), "task.init_checkpoint=" + absent).train());
      assertTrue(e.getMessage().contains(absent.toString()), e.getMessage());
    }
  }

  @Test
  void train_unwritableFolder_isNamedBeforeDataAreLoaded() throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("model");
    AtomicBoolean loaded = new AtomicBoolean();
    ExperimentConfig<LoadRecorder> config =
        new ExperimentConfig<>(
            new LoadRecorder(loaded),
            EXPERIMENT.defaults().trainer(),
            EXPERIMENT.defaults().runtime());
    ExperimentRunner runner = new ExperimentRunner(config, below, new TrainingListener() {});
    UncheckedIOException e = assertThrows(UncheckedIOException.class, runner::train);
    assertTrue(e.getMessage().contains(below.toString()), e.getMessage());
    assertFalse(loaded.get(), "data were loaded before the folder was tried");
  }

  private static ExperimentRunner run(Path folder, String override) {
    return new ExperimentRunner(
        EXPERIMENT.configure(List.of(), List.of(override)), folder, new TrainingListener() {});
  }

  /** Keeps the model that it is asked to evaluate. */
  private record StartRecorder(String initCheckpoint, AtomicReference<GraphModel> seen)
      implements TaskConfig {
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
        public Metrics evaluate(GraphModel model) {
          seen.set(model);
          return Metrics.NONE;
        }
      };
    }
  }

  /** Notes that its data are asked for. */
  private record LoadRecorder(AtomicBoolean loaded) implements TaskConfig {
    @Override
    public String initCheckpoint() {
      return null;
    }

    @Override
    public String evaluationData() {
      return "held-out";
    }

    @Override
    public void validate() {}

    @Override
    public Task createTask() {
      loaded.set(true);
      return new TinyTask();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "task.filters=6 | task.filters (4 there, now 6)",
        "trainer.seed=8 | trainer.seed (7 there, now 8)",
        "task.init_checkpoint=x | task.init_checkpoint (unset there, now \"x\")",
        "trainer.optimizer_config.learning_rate.cosine.initial_learning_rate=5e-4"
            + " | cosine.initial_learning_rate (0.05 there, now 5.0E-4)",
        "trainer.optimizer_config.warmup.type=null | optimizer_config.warmup.type (\"linear\" there"
      })
  void train_folderOfARunWithOtherValues_namesThemAndLeavesTheFile(String override, String message)
      throws IOException {
    run(folder, "trainer.train_steps=5").train();
    String params = Files.readString(folder.resolve("params.yaml"));
    ExperimentRunner other = run(folder, "trainer.train_steps=10," + override);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, other::train);
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().contains("choose another model_dir"), e.getMessage());
    assertFalse(e.getMessage().contains("train_steps"), e.getMessage());
    assertEquals(params, Files.readString(folder.resolve("params.yaml")));
    assertEquals(folder.resolve("ckpt-5"), Trainer.latestCheckpoint(folder).orElseThrow());
  }

  @Test
  void train_folderOfARunWithOtherLengthIntervalsAndThreads_goesOnAndWritesThem()
      throws IOException {
    run(folder, "trainer.train_steps=5").train();
    String changes =
        "trainer.train_steps=10,trainer.checkpoint_interval=3,trainer.validation_interval=4,"
            + "trainer.loss_upper_bound=99,runtime.intra_op_threads=2";
    assertEquals(10, run(folder, changes).train().steps());
    String params = Files.readString(folder.resolve("params.yaml"));
    assertTrue(params.contains("train_steps: 10\n"), params);
    assertTrue(params.contains("intra_op_threads: 2\n"), params);
  }

  @Test
  void train_checkpointOfAnotherShapeOrALongerRun_leavesParamsAlone() throws IOException {
    run(folder, "trainer.train_steps=5").train();
    Path file = folder.resolve("params.yaml");
    String params = Files.readString(file);
    assertThrows(
        IllegalArgumentException.class, () -> run(folder, "trainer.train_steps=4").train());
    assertEquals(params, Files.readString(file));
    // The file claims what the checkpoint is not.
    String wrong = params.replace("filters: 4", "filters: 6");
    Files.writeString(file, wrong);
    ExperimentRunner runner = run(folder, "task.filters=6,trainer.train_steps=10");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, runner::train);
    assertTrue(e.getMessage().contains("\"conv/kernel\""), e.getMessage());
    assertEquals(wrong, Files.readString(file));
  }

  @Test
  void average_writesTheMeanAndItsMetrics() throws IOException {
    run(folder, "trainer.train_steps=40").train();
    Path first = folder.resolve("ckpt-20");
    Metrics metrics = run(folder, "trainer.seed=7").average(List.of(first, folder));
    JsonNode json = new ObjectMapper().readTree(folder.resolve("metrics-swa.json").toFile());
    assertEquals(metrics.get("accuracy"), json.get("accuracy").doubleValue());
    assertEquals(first.toString(), json.get("checkpoints").get(0).textValue());
    assertEquals(folder.resolve("ckpt-40").toString(), json.get("checkpoints").get(1).textValue());
    TinyTask task = new TinyTask();
    GraphModel swa = task.buildModel(0).restore(folder.resolve("swa"));
    assertEquals(metrics, task.evaluate(swa.toInference()));
  }

  @Test
  void average_fewerThanTwoCheckpoints_isRefusedBeforeDataAreLoaded() {
    AtomicBoolean loaded = new AtomicBoolean();
    ExperimentConfig<LoadRecorder> config =
        new ExperimentConfig<>(
            new LoadRecorder(loaded),
            EXPERIMENT.defaults().trainer(),
            EXPERIMENT.defaults().runtime());
    ExperimentRunner runner = new ExperimentRunner(config, folder, new TrainingListener() {});
    for (List<Path> checkpoints : List.of(List.<Path>of(), List.of(folder.resolve("ckpt-1")))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> runner.average(checkpoints));
      assertTrue(e.getMessage().startsWith("--average needs two"), e.getMessage());
    }
    assertFalse(loaded.get());
  }
}
