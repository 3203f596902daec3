package org.tfmot.examples.experiments;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.train.TrainMain;
import org.tfmot.techniques.experiment.PruningConfig;
import org.tfmot.techniques.tflite.TfLiteModel;

/** The command lines of the fork's README, on a few random images instead of CIFAR-10. */
class TechniqueExperimentsTest {

  private static final int STEPS = 3;
  private static final Path README =
      Path.of("").toAbsolutePath().getParent().resolve("tfmot-officialmodels-fork/README.md");

  /** In the documentation, what TrainMain is called with. */
  private static final Pattern ARGUMENTS =
      Pattern.compile("TrainMain -Dexec.args=\"([^\"]*resnet_cifar_[^\"]*)\"");

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  static List<Arguments> commands() throws IOException {
    List<Arguments> commands = new ArrayList<>();
    ARGUMENTS
        .matcher(Files.readString(README))
        .results()
        .forEach(match -> commands.add(Arguments.of(match.group(1))));
    assertTrue(commands.size() >= 2, commands.toString());
    return commands;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void documentedCommand_asTyped_trainsAndExports(String typed) throws IOException {
    List<String> arguments = new ArrayList<>();
    for (String argument : typed.split(" ")) {
      arguments.add(argument.replace("--model_dir=target", "--model_dir=" + folder));
    }
    boolean exportOnly = arguments.contains("--mode=export");
    if (exportOnly) {
      List<String> before = new ArrayList<>(arguments);
      before.remove("--mode=export");
      assertEquals(0, run(before.toArray(String[]::new)), err.toString());
    }
    assertEquals(0, run(arguments.toArray(String[]::new)), err.toString());
    assertTrue(out.toString().contains("/saved_model: TensorFlow SavedModel"), out.toString());
    assertTrue(out.toString().contains("/model.tflite: "), out.toString());
  }

  @Test
  void pruned_isSparseInBothFiles() throws IOException {
    Path export = train("resnet_cifar_pruning");
    assertTrue(out.toString().contains("model.tflite: float32, "), out.toString());
    GraphModel saved = GraphModel.load(export.resolve("saved_model"));
    assertFalse(saved.isTraining());
    int kernels = 0;
    for (Variable variable : saved.variables().values()) {
      if (variable.shape().numDimensions() == 4 && !variable.name().startsWith("stem")) {
        float[] values = TensorProtos.toFloats(variable.value());
        double expected = values.length * 0.505;
        assertTrue(Math.abs(zeros(values) - expected) <= 1, variable.name());
        kernels++;
      }
    }
    assertTrue(kernels > 15, saved.variables().keySet().toString());
    assertTrue(
        saved.variables().keySet().stream().noneMatch(name -> name.contains("mask")),
        saved.variables().keySet().toString());
  }

  @Test
  void importance_isAKeyOfThePruning() {
    Experiment<?> pruning = ExperimentRegistry.standard().get("resnet_cifar_pruning");
    assertTrue(pruning.defaults().toYaml().contains("importance: magnitude"));
    ExperimentConfig<?> config =
        pruning.configure(List.of(), List.of("task.pruning.importance=movement"));
    assertEquals("movement", ((PruningConfig) config.techniques().get(0)).importance());
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> pruning.configure(List.of(), List.of("task.pruning.importance=hessian")));
    String message = refusal.getMessage();
    assertTrue(message.contains("importance must be one of [magnitude, movement"), message);
    assertTrue(message.contains("not \"hessian\""), message);
  }

  @Test
  void quantized_isAnInt8File() throws IOException {
    Path export = train("resnet_cifar_qat");
    assertTrue(
        out.toString().contains("model.tflite: int8 with inputs and outputs of float32, "),
        out.toString());
    TfLiteModel file = TfLiteModel.of(Files.readAllBytes(export.resolve("model.tflite")));
    assertEquals(List.of(), List.copyOf(file.floatOperators()));
  }

  @Test
  void prunedClusteredAndQuantized_holdsAll() throws IOException {
    Path export = train("resnet_cifar_pruning_clustering_qat");
    assertTrue(out.toString().contains("model.tflite: int8 "), out.toString());
    String reports = Files.readString(export.resolve("../../techniques.txt"));
    assertTrue(
        reports.indexOf("magnitude pruning") < reports.indexOf("weight clustering")
            && reports.indexOf("weight clustering") < reports.indexOf("quantization-aware"),
        reports);
  }

  @Test
  void evaluationAndExport_inAnotherProcess_areOfTheStrippedModel() throws IOException {
    String[] command = {"--experiment=resnet_cifar_pruning_qat", "--model_dir=" + folder};
    assertEquals(0, run(command), err.toString());
    Path file = folder.resolve("export/" + STEPS + "/model.tflite");
    byte[] first = Files.readAllBytes(file);
    Files.delete(file);
    assertEquals(0, run(command[0], command[1], "--mode=eval"), err.toString());
    assertTrue(Files.exists(folder.resolve("metrics-" + STEPS + "-validation.json")));
    assertEquals(0, run(command[0], command[1], "--mode=export"), err.toString());
    assertArrayEquals(first, Files.readAllBytes(file));
    // As if the training had stopped in the middle: it can be looked at, and is no result.
    String more = "--params_override=trainer.train_steps=9,task.pruning.final_sparsity=0.9";
    assertEquals(0, run(command[0], command[1], "--mode=eval", more), err.toString());
    assertEquals(2, run(command[0], command[1], "--mode=export", more));
    assertTrue(err.toString().contains("cannot be exported yet: pruning is not"), err.toString());
  }

  @Tag("long")
  @Test
  void resumedRun_hasTheBitsOfAnUninterruptedOne() {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    trainSteps(4, whole);
    trainSteps(2, parts);
    trainSteps(4, parts);
    GraphModel one = GraphModel.load(whole.resolve("export/4/saved_model"));
    GraphModel other = GraphModel.load(parts.resolve("export/4/saved_model"));
    assertEquals(one.graphDef(), other.graphDef());
    assertEquals(one.variables(), other.variables());
  }

  private void trainSteps(long steps, Path modelDir) {
    assertEquals(
        0,
        run(
            "--experiment=resnet_cifar_pruning_clustering_qat",
            "--model_dir=" + modelDir,
            "--params_override=trainer.train_steps="
                + steps
                + ",trainer.optimizer_config.learning_rate.cosine.decay_steps=9"
                + ",trainer.optimizer_config.optimizer={type: adamw}"),
        err.toString());
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"8, 16, int16x8", "4, 8, int8"})
  void otherBits_areInTheFile(int weights, int activations, String type) {
    assertEquals(
        0,
        run(
            "--experiment=resnet_cifar_qat",
            "--model_dir=" + folder,
            "--params_override=task.quantization.change_num_bits=true"
                + ",task.quantization.num_bits_weight="
                + weights
                + ",task.quantization.num_bits_activation="
                + activations),
        err.toString());
    assertTrue(out.toString().contains("model.tflite: " + type + " with"), out.toString());
  }

  @Test
  void experiments_areThoseThatTheDocumentationLists() throws IOException {
    String readme = Files.readString(README);
    Set<String> names = new TreeSet<>();
    ExperimentRegistry.standard().experiments().stream()
        .map(Experiment::name)
        .filter(name -> name.startsWith("resnet_cifar_"))
        .forEach(names::add);
    assertEquals(6, names.size());
    for (String name : names) {
      assertTrue(readme.contains("`" + name + "`"), name);
    }
  }

  private static int zeros(float[] values) {
    int zeros = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return zeros;
  }

  private Path train(String experiment) {
    assertEquals(0, run("--experiment=" + experiment, "--model_dir=" + folder), err.toString());
    return folder.resolve("export/" + STEPS);
  }

  private int run(String... arguments) {
    ExperimentRegistry registry = new ExperimentRegistry();
    ExperimentRegistry.standard().experiments().stream()
        .filter(experiment -> experiment.name().startsWith("resnet_cifar_"))
        .forEach(experiment -> registry.register(SyntheticTaskConfig.of(experiment, STEPS)));
    return TrainMain.run(
        registry, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
