package org.tfmot.officialmodels.vision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Threads;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.LearningRate;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.Trainer;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainingListener;
import org.tfmot.officialmodels.core.TrainingResult;
import org.tfmot.officialmodels.data.LabeledImages;

class ImageClassificationTaskTest {

  private static final LabeledImages TRAIN = SyntheticImages.cifarLike(64, 1);
  private static final LabeledImages VALIDATION = SyntheticImages.cifarLike(20, 2);
  private static final Normalization NORMALIZATION =
      new Normalization(new float[] {0.4f, 0.4f, 0.4f}, new float[] {0.25f, 0.25f, 0.25f});

  @TempDir Path folder;

  @Test
  void resNet8_learnsBrightnessAndResumesToTheSameBits() {
    Task task = task(10, 16, 1);
    List<Float> losses = new ArrayList<>();
    TrainingResult straight = train(task, 30, folder.resolve("straight"), losses);
    assertTrue(losses.get(29) < 0.7 * losses.get(0), losses.toString());

    train(task, 12, folder.resolve("resumed"), new ArrayList<>());
    List<Float> resumed = new ArrayList<>();
    TrainingResult result = train(task, 30, folder.resolve("resumed"), resumed);
    assertEquals(losses.subList(12, 30), resumed);
    assertEquals(straight.model().variables(), result.model().variables());
    assertEquals(straight.metrics(), result.metrics());
  }

  @Test
  void constructor_wrongData_isNamed() {
    assertRefused("no training images", () -> task(TRAIN.subset(0, 0), VALIDATION, 10, 16, 4));
    assertRefused("no validation images", () -> task(TRAIN, VALIDATION.subset(0, 0), 10, 16, 4));
    assertRefused("has the label 9", () -> task(TRAIN, VALIDATION, 9, 16, 4));
    assertRefused("between 1 and the 64", () -> task(TRAIN, VALIDATION, 10, 65, 4));
    assertRefused("between 1 and the 64", () -> task(TRAIN, VALIDATION, 10, 0, 4));
    assertRefused("must not be negative: -1", () -> task(TRAIN, VALIDATION, 10, 16, -1));
    assertRefused("number of classes", () -> task(TRAIN, VALIDATION, 0, 16, 4));
    LabeledImages small = SyntheticImages.coordinates(20, 8, 8, 10);
    assertRefused("the validation images of", () -> task(TRAIN, small, 10, 16, 4));
  }

  @Test
  void train_modelOfOtherClassesOrImages_isRefused() {
    Task task = task(10, 16, 1);
    GraphModel seven = CifarResNet.build(8, 7, NORMALIZATION, 1);
    assertRefused("output \"logits\"", () -> trainer(task, 5, folder).train(seven, List.of()));
    LabeledImages small = SyntheticImages.coordinates(20, 8, 8, 10);
    Task smallTask = task(small, small, 10, 4, 1);
    GraphModel resNet = CifarResNet.build(8, 10, NORMALIZATION, 1);
    assertRefused("input \"image\"", () -> trainer(smallTask, 5, folder).train(resNet, List.of()));
  }

  /** The recipe as it was written in code when the shipped checkpoint was trained. */
  @Test
  void experiment_makesTheBatchesAndTheRatesOfTheRecipe() {
    ExperimentConfig<ImageClassificationConfig> config =
        CifarResNetExperiments.experiment(20).defaults();
    TrainerConfig trainer = config.trainerConfig();
    LearningRate first = LearningRate.cosine(0.1, 21_060).withWarmup(351);
    for (long step = 0; step < 21_060; step += 117) {
      assertEquals(first.at(step), trainer.learningRate().at(step));
    }
    LearningRate second = LearningRate.cosine(0.05, 10_530);
    for (long step = 0; step < 10_530; step += 117) {
      assertEquals(second.at(step), trainer.learningRate().at(21_060 + step), 1e-12);
    }
    assertEquals(31_590, trainer.trainSteps());
    assertEquals(new SgdMomentum(0.9, true, 5e-4), trainer.optimizer());
    assertEquals(Threads.DEFAULT, trainer.threads());
    assertEquals(1, trainer.seed());
    assertEquals(20, config.task().model().depth());
    assertEquals(128, config.task().trainData().globalBatchSize());
    assertEquals(4, config.task().trainData().cropPadding());
    assertEquals("validation", config.task().evaluationData());
  }

  @Test
  void config_createTask_isTheTaskOfItsNumbers() {
    ImageClassificationConfig config =
        CifarResNetExperiments.experiment(20)
            .configure(
                List.of(), List.of("task.model.depth=8,task.train_data.global_batch_size=16"))
            .task();
    Task task = config.createTask(TRAIN, VALIDATION);
    assertEquals(
        CifarResNet.build(8, 10, ImageClassificationConfig.cifar10Normalization(), 5).variables(),
        task.buildModel(5).variables());
    try (var batch = task.trainingData(1).batch(0)) {
      assertEquals(16, batch.size());
    }
  }

  @Test
  void config_wrongValues_areNamed() {
    assertRefused("task.model.depth must be 6n+2", () -> configure("task.model.depth=21"));
    assertRefused(
        "task.train_data.global_batch_size must be positive",
        () -> configure("task.train_data.global_batch_size=0"));
    assertRefused(
        "task.train_data.crop_padding", () -> configure("task.train_data.crop_padding=-1"));
    assertRefused(
        "task.train_data.dataset must be cifar10",
        () -> configure("task.train_data.dataset=mnist"));
    assertRefused(
        "task.train_data.split must be train, not \"test\"",
        () -> configure("task.train_data.split=test"));
    assertRefused(
        "task.validation_data.split must be validation or test",
        () -> configure("task.validation_data.split=train"));
  }

  private static void configure(String override) {
    CifarResNetExperiments.experiment(20).configure(List.of(), List.of(override));
  }

  private static void assertRefused(String message, Executable action) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static TrainingResult train(Task task, long steps, Path folder, List<Float> losses) {
    return new Trainer(
            task,
            config(steps),
            folder,
            new TrainingListener() {
              @Override
              public void stepped(long step, float loss) {
                losses.add(loss);
              }
            })
        .train(task.buildModel(3), List.of());
  }

  private static Trainer trainer(Task task, long steps, Path folder) {
    return new Trainer(task, config(steps), folder, new TrainingListener() {});
  }

  private static TrainerConfig config(long steps) {
    return new TrainerConfig(
        steps, new SgdMomentum(0.9, true, 5e-4), LearningRate.constant(0.02), 6, 0, 3, Threads.ONE);
  }

  private static Task task(int classes, int batchSize, int padding) {
    return task(TRAIN, VALIDATION, classes, batchSize, padding);
  }

  private static Task task(
      LabeledImages train, LabeledImages validation, int classes, int batchSize, int padding) {
    return new ImageClassificationTask(
        seed -> CifarResNet.build(8, classes, NORMALIZATION, seed),
        train,
        validation,
        classes,
        batchSize,
        padding);
  }

  private static final Set<String> MAY_BE_NULL =
      Set.of(
          "task.init_checkpoint",
          "task.train_data.data_dir",
          "task.validation_data.data_dir",
          "trainer.optimizer_config.warmup.type");

  @ParameterizedTest
  @MethodSource("keys")
  void config_nullAnywhere_isAllowedOrNamesTheKey(String key) {
    if (MAY_BE_NULL.contains(key)) {
      configure(key + "=null");
    } else {
      assertRefused(key, () -> configure(key + "=null"));
    }
  }

  /** The path of every value and every section of the configuration. */
  static List<String> keys() throws IOException {
    List<String> keys = new ArrayList<>();
    String yaml = CifarResNetExperiments.experiment(20).defaults().toYaml();
    collect(new YAMLMapper().readTree(yaml), "", keys);
    assertTrue(keys.containsAll(MAY_BE_NULL), keys.toString());
    assertTrue(keys.contains("trainer.optimizer_config.optimizer.sgd.momentum"), keys.toString());
    return keys;
  }

  private static void collect(JsonNode section, String path, List<String> keys) {
    section
        .properties()
        .forEach(
            entry -> {
              keys.add(path + entry.getKey());
              collect(entry.getValue(), path + entry.getKey() + ".", keys);
            });
  }
}
