package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.SgdMomentum;

class TrainerTest {

  private static final TrainingListener SILENT = new TrainingListener() {};

  @TempDir Path folder;

  @Test
  void train_leavesTheNewestTwoCheckpointsAndTheirState() throws IOException {
    train(TinyRun.config(70));
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    assertEquals(
        Set.of(
            "checkpoint",
            "ckpt-60.data-00000-of-00001",
            "ckpt-60.index",
            "ckpt-70.data-00000-of-00001",
            "ckpt-70.index",
            "metrics-50.json",
            "metrics-70.json",
            "train-state.json"),
        names);
    // TensorFlow's CheckpointState message as text, which TensorFlow Java has no class for.
    assertEquals(
        """
        model_checkpoint_path: "ckpt-70"
        all_model_checkpoint_paths: "ckpt-60"
        all_model_checkpoint_paths: "ckpt-70"
        """,
        Files.readString(folder.resolve("checkpoint")));
    assertEquals(folder.resolve("ckpt-70"), Trainer.latestCheckpoint(folder).orElseThrow());
  }

  @Test
  void train_checkpointHoldsTheModelOfTheResult() {
    GraphModel trained = train(TinyRun.config(5)).model();
    GraphModel restored = new TinyTask().buildModel(0).restore(folder.resolve("ckpt-5"));
    trained
        .variables()
        .forEach((name, variable) -> assertEquals(variable, restored.variable(name), name));
  }

  @Test
  void train_batchNormAveragesMove() {
    GraphModel trained = train(TinyRun.config(5)).model();
    for (float mean :
        TensorProtos.toFloats(trained.variable("conv/batch_norm/moving_mean").value())) {
      assertTrue(mean != 0, "a moving mean did not move");
    }
  }

  @Test
  void latestCheckpoint_noFolder_isEmpty() {
    assertTrue(Trainer.latestCheckpoint(folder.resolve("absent")).isEmpty());
  }

  @Test
  void train_hugeLearningRate_stopsAndSaysWhy() {
    TrainingDivergedException e =
        assertThrows(
            TrainingDivergedException.class, () -> train(TinyRun.config(TinyRun.STEPS, 1e30)));
    assertTrue(e.getMessage().contains("at step " + e.step()), e.getMessage());
    assertTrue(e.getMessage().contains("lower the learning rate"), e.getMessage());
    assertTrue(e.step() < 20, e.getMessage());
    assertTrue(Trainer.latestCheckpoint(folder).isEmpty());
  }

  @Test
  void train_lossOverBound_stops() {
    TrainerConfig c = TinyRun.config(20);
    TrainerConfig bounded =
        new TrainerConfig(
            c.trainSteps(), c.optimizer(), c.learningRate(), 1, 0, c.seed(), Threads.ONE, 0.01);
    TrainingDivergedException e =
        assertThrows(TrainingDivergedException.class, () -> train(bounded));
    assertEquals(0, e.step());
    assertTrue(e.getMessage().contains("loss_upper_bound 0.01"), e.getMessage());
  }

  @Test
  void train_weightsNotFiniteAfterAFiniteLoss_areNotSaved() {
    TrainerConfig c = TinyRun.config(20);
    TrainerConfig everyStep =
        new TrainerConfig(
            2, c.optimizer(), LearningRate.constant(1e38), 1, 0, c.seed(), Threads.ONE);
    TrainerConfig exploding =
        new TrainerConfig(
            1,
            new SgdMomentum(0, false, 1e38),
            everyStep.learningRate(),
            1,
            0,
            c.seed(),
            Threads.ONE);
    TrainingDivergedException e =
        assertThrows(TrainingDivergedException.class, () -> train(exploding));
    assertTrue(e.getMessage().contains("variable \"conv/kernel\""), e.getMessage());
    assertTrue(Trainer.latestCheckpoint(folder).isEmpty());
  }

  @Test
  void train_inferenceModel_isRefused() {
    TinyTask task = new TinyTask();
    Trainer trainer = new Trainer(task, TinyRun.config(5), folder, SILENT);
    GraphModel model = task.buildModel(0).toInference();
    assertThrows(IllegalArgumentException.class, () -> trainer.train(model, List.of()));
  }

  @Test
  void train_checkpointOfAnotherShape_namesVariableAndCheckpoint() {
    train(TinyRun.config(5));
    TinyTask wider = new TinyTask(6);
    Trainer trainer = new Trainer(wider, TinyRun.config(10), folder, SILENT);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> trainer.train(wider.buildModel(0), List.of()));
    assertTrue(e.getMessage().contains("\"conv/kernel\""), e.getMessage());
    assertTrue(e.getMessage().contains("ckpt-5"), e.getMessage());
  }

  @Test
  void train_folderOfALongerRun_isRefused() {
    train(TinyRun.config(20));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> train(TinyRun.config(10)));
    assertTrue(e.getMessage().contains("20 steps"), e.getMessage());
  }

  @Test
  void train_folderBelowAFile_isNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Path below = file.resolve("model");
    TinyTask task = new TinyTask();
    Trainer trainer = new Trainer(task, TinyRun.config(5), below, SILENT);
    UncheckedIOException e =
        assertThrows(
            UncheckedIOException.class, () -> trainer.train(task.buildModel(0), List.of()));
    assertTrue(e.getMessage().contains(below.toString()), e.getMessage());
  }

  @Test
  void train_dataFail_causeIsKept() {
    IllegalStateException broken = new IllegalStateException("disk on fire");
    Task task =
        new TinyTask() {
          @Override
          public BatchSource trainingData(long seed) {
            return step -> {
              if (step == 3) {
                throw broken;
              }
              return batch(step);
            };
          }
        };
    Trainer trainer = new Trainer(task, TinyRun.config(10), folder, SILENT);
    Exception e =
        assertThrows(
            IllegalStateException.class, () -> trainer.train(task.buildModel(0), List.of()));
    assertTrue(e.getMessage().contains("disk on fire"), e.getMessage());
  }

  @Test
  void train_interruptedThread_savesTheStepItStandsAt() throws InterruptedException {
    Thread training = Thread.currentThread();
    TrainingListener interrupting =
        new TrainingListener() {
          @Override
          public void stepped(long step, float loss) {
            if (step == 12) {
              training.interrupt();
            }
          }
        };
    TinyTask task = new TinyTask();
    Trainer trainer = new Trainer(task, TinyRun.config(100), folder, interrupting);
    assertThrows(IllegalStateException.class, () -> trainer.train(task.buildModel(7), List.of()));
    assertTrue(Thread.interrupted(), "the interrupt was swallowed");
    assertEquals(folder.resolve("ckpt-13"), Trainer.latestCheckpoint(folder).orElseThrow());
  }

  @Test
  void hooks_areCalledInTheListsOrderAroundEveryStep() {
    List<String> calls = new ArrayList<>();
    TinyTask task = new TinyTask();
    new Trainer(task, TinyRun.config(2), folder, SILENT)
        .train(task.buildModel(7), List.of(recorder("a", calls), recorder("b", calls)));
    assertEquals(
        List.of(
            "a begin 0-2",
            "b begin 0-2",
            "a before 0",
            "b before 0",
            "a after 0",
            "b after 0",
            "a before 1",
            "b before 1",
            "a after 1",
            "b after 1"),
        calls);
  }

  @Test
  void hookThatRefuses_stopsBeforeTheFirstStep() {
    IllegalArgumentException refusal = new IllegalArgumentException("could never act");
    TrainingHook hook =
        new TrainingHook() {
          @Override
          public void begin(Session session, long firstStep, long endStep) {
            throw refusal;
          }
        };
    TinyTask task = new TinyTask();
    Trainer trainer = new Trainer(task, TinyRun.config(5), folder, SILENT);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> trainer.train(task.buildModel(7), List.of(hook)));
    assertSame(refusal, e);
    assertFalse(Files.exists(folder.resolve("train.jsonl")));
  }

  @Test
  void config_outOfRange_namesTheKey() {
    TrainerConfig c = TinyRun.config(5);
    assertRefused("train_steps", () -> TinyRun.config(0));
    assertRefused(
        "checkpoint_interval",
        () -> new TrainerConfig(5, c.optimizer(), c.learningRate(), 0, 0, 0, Threads.ONE));
    assertRefused(
        "validation_interval",
        () -> new TrainerConfig(5, c.optimizer(), c.learningRate(), 1, -1, 0, Threads.ONE));
    assertRefused(
        "loss_upper_bound",
        () -> new TrainerConfig(5, c.optimizer(), c.learningRate(), 1, 0, 0, Threads.ONE, 0));
  }

  private static void assertRefused(String key, org.junit.jupiter.api.function.Executable action) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action);
    assertTrue(e.getMessage().startsWith(key), e.getMessage());
  }

  private TrainingResult train(TrainerConfig config) {
    TinyTask task = new TinyTask();
    return new Trainer(task, config, folder, SILENT).train(task.buildModel(7), List.of());
  }

  private static TrainingHook recorder(String name, List<String> calls) {
    return new TrainingHook() {
      @Override
      public void begin(Session session, long firstStep, long endStep) {
        calls.add("%s begin %d-%d".formatted(name, firstStep, endStep));
      }

      @Override
      public void beforeStep(Session session, long step) {
        calls.add(name + " before " + step);
      }

      @Override
      public void afterStep(Session session, long step) {
        calls.add(name + " after " + step);
      }
    };
  }

  /** What the loss does not see may be broken all the same, and would be saved. */
  @ParameterizedTest
  @ValueSource(strings = {"conv/batch_norm/moving_variance", "logits/kernel/Momentum"})
  void train_otherSavedValuesNotFinite_areNotSavedAndNamed(String variable) {
    LiveModel[] live = new LiveModel[1];
    TinyTask task =
        new TinyTask() {
          @Override
          public Operand<TFloat32> buildLoss(Ops tf, LiveModel model) {
            live[0] = model;
            return super.buildLoss(tf, model);
          }
        };
    TrainingHook breaking =
        new TrainingHook() {
          @Override
          public void afterStep(Session session, long step) {
            TensorProto value = live[0].value(variable);
            float[] broken = TensorProtos.toFloats(value);
            broken[0] = Float.POSITIVE_INFINITY;
            live[0].assign(variable, TensorProtos.floats(TensorProtos.shape(value), broken));
          }
        };
    Trainer trainer = new Trainer(task, TinyRun.config(1), folder, SILENT);
    TrainingDivergedException e =
        assertThrows(
            TrainingDivergedException.class,
            () -> trainer.train(task.buildModel(7), List.of(breaking)));
    assertTrue(e.getMessage().contains("\"" + variable + "\""), e.getMessage());
    assertTrue(Trainer.latestCheckpoint(folder).isEmpty());
  }
}
