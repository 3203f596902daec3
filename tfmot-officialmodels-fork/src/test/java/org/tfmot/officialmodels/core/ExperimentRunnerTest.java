package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  void initCheckpoint_folderWithACheckpointOfItsOwn_isIgnored() {
    Path pretrained = folder.resolve("pretrained");
    run(pretrained, "trainer.seed=1,trainer.train_steps=5").train();
    GraphModel own = run(folder.resolve("own"), "trainer.train_steps=5").train().model();
    GraphModel again =
        run(folder.resolve("own"), "trainer.train_steps=5,task.init_checkpoint=" + pretrained)
            .train()
            .model();
    assertEquals(own.variables(), again.variables());
    assertNotEquals(
        own.variables(),
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
}
