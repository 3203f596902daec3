package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Session;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;

/** However a run is interrupted, it ends with the numbers of the run that was not. */
class ResumeTest {

  private static final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @TempDir static Path uninterrupted;
  private static TrainingResult expected;
  private static final List<Float> expectedLosses = new ArrayList<>();

  @TempDir Path folder;

  @BeforeAll
  static void trainWithoutInterruption() {
    expected = TinyRun.train(uninterrupted, losses(expectedLosses));
  }

  @Test
  void uninterrupted_learns() {
    assertEquals(TinyRun.STEPS, expected.steps());
    assertTrue(expected.metrics().get("accuracy") > 0.9, expected.metrics().toString());
  }

  @Test
  void exceptionBetweenCheckpoints_resumesToTheSameBits() throws IOException {
    TrainingHook failing =
        new TrainingHook() {
          @Override
          public void beforeStep(Session session, long step) {
            if (step == 137) {
              throw new Interruption();
            }
          }
        };
    List<Float> losses = new ArrayList<>();
    assertThrows(Interruption.class, () -> TinyRun.train(folder, losses(losses), failing));
    assertEquals(expectedLosses.subList(0, 137), losses);

    List<Float> resumed = new ArrayList<>();
    TrainingResult result = TinyRun.train(folder, losses(resumed));
    assertEquals(expectedLosses.subList(120, (int) TinyRun.STEPS), resumed);
    assertSameAsUninterrupted(result);
  }

  @Test
  void killedJvm_resumesToTheSameBits() throws Exception {
    try (TrainingProcess process = new TrainingProcess(folder)) {
      process.awaitStep(113);
      process.kill();
    }
    assertFalse(Files.exists(folder.resolve("metrics-230.json")));
    long[] first = new long[1];
    TrainingResult result =
        TinyRun.train(
            folder,
            new TrainingListener() {
              @Override
              public void started(long firstStep, long endStep) {
                first[0] = firstStep;
              }
            });
    assertTrue(first[0] >= 100 && first[0] % TinyRun.CHECKPOINT_INTERVAL == 0, "" + first[0]);
    assertSameAsUninterrupted(result);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
  void terminatedJvm_leavesACheckpointOfItsLastStepAndResumesToTheSameBits() throws Exception {
    long last;
    try (TrainingProcess process = new TrainingProcess(folder)) {
      process.awaitStep(64);
      last = process.terminate();
      assertEquals(128 + 15, process.exitCode());
      assertEquals(
          List.of(
              "stopped: %d steps are saved in %s; the same command goes on from there"
                  .formatted(last + 1, folder)),
          process.messages());
    }
    assertTrue(last >= 64 && last < TinyRun.STEPS - 1, "stopped after step " + last);
    assertEquals(
        folder.resolve("ckpt-" + (last + 1)), Trainer.latestCheckpoint(folder).orElseThrow());
    assertSameAsUninterrupted(TinyRun.train(folder, new TrainingListener() {}));
  }

  @Test
  void completedRun_isNotTrainedAgain() throws IOException {
    TinyRun.train(folder, new TrainingListener() {});
    List<Float> losses = new ArrayList<>();
    TrainingResult again = TinyRun.train(folder, losses(losses));
    assertEquals(List.of(), losses);
    assertSameAsUninterrupted(again);
  }

  @Test
  void killedBetweenCheckpointAndEvaluation_evaluatesOnResumption() throws IOException {
    TinyTask task = new TinyTask();
    new Trainer(task, TinyRun.config(100), folder, new TrainingListener() {})
        .train(task.buildModel(7), List.of());
    Files.delete(folder.resolve("metrics-100.json"));
    assertSameAsUninterrupted(TinyRun.train(folder, new TrainingListener() {}));
  }

  private static TrainingListener losses(List<Float> losses) {
    return new TrainingListener() {
      @Override
      public void stepped(long step, float loss) {
        losses.add(loss);
      }
    };
  }

  private void assertSameAsUninterrupted(TrainingResult result) throws IOException {
    for (Variable variable : expected.model().variables().values()) {
      assertEquals(
          variable.value(), result.model().variable(variable.name()).value(), variable.name());
    }
    assertEquals(expected.steps(), result.steps());
    assertEquals(expected.metrics(), result.metrics());
    assertEquals(texts(uninterrupted), texts(folder));
  }

  /** The evaluations and the log of the losses, by file. */
  private static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("metrics-") || name.equals("train.jsonl")) {
          texts.put(name, Files.readString(file));
        }
      }
    }
    assertTrue(texts.containsKey("train.jsonl"), texts.toString());
    return texts;
  }
}
