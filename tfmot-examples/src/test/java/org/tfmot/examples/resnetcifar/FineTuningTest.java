package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;

class FineTuningTest {

  private static final Recipe RECIPE = new Recipe(20, 0.01);

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final GraphModel model = TinyResNet.model();

  @TempDir Path folder;

  @Test
  void train_again_answersWithTheFinishedRun() {
    Tuned first = train(1, RECIPE, "");
    Tuned second = train(1, RECIPE, "");
    assertEquals(first.curve(), second.curve());
    assertEquals(first.optimized().model().variables(), second.optimized().model().variables());
    String text = said.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("goes on from"), text);
  }

  @Test
  void train_afterLosingItsEnd_goesOnFromTheCheckpointBefore() throws IOException {
    Tuned whole = train(1, RECIPE, "");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(FineTuningTest::belongsToTheEnd).toList()) {
        Files.delete(file);
      }
    }
    Tuned resumed = train(1, RECIPE, "");
    assertEquals(whole.curve().loss().size(), resumed.curve().loss().size());
    assertEquals(whole.curve().top1().size(), resumed.curve().top1().size());
  }

  @Test
  void train_withARestart_answersWithTheMeanOfTheEnds() throws IOException {
    Recipe recipe = new Recipe(20, 0.01, 1, 10);
    Tuned first = train(1, recipe, "");
    Tuned again = train(1, recipe, "");
    assertEquals(first.curve(), again.curve());
    assertEquals(30, first.curve().loss().get(first.curve().loss().size() - 1).step());
    GraphModel mean = first.optimized().model();
    assertEquals(mean.variables(), again.optimized().model().variables());
    Path run;
    try (Stream<Path> runs = Files.list(folder)) {
      run = runs.findFirst().orElseThrow();
    }
    List<Variable> kernel = List.of(mean.variable("stem/kernel"));
    float[] expected = read(run.resolve("end-20"), kernel);
    float[] end = read(run.resolve("end-30"), kernel);
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (expected[i] + end[i]) / 2;
    }
    assertArrayEquals(expected, TensorProtos.toFloats(kernel.get(0).value()), 1e-6f);
  }

  private static boolean belongsToTheEnd(Path file) {
    return file.getFileName().toString().matches("(ckpt|end)-20\\..*");
  }

  private static float[] read(Path prefix, List<Variable> variables) {
    return TensorProtos.toFloats(Checkpoint.read(prefix, variables).get(variables.get(0).name()));
  }

  @Test
  void train_otherSeedRecipeSettingsOrStart_isAnotherRun() throws IOException {
    train(1, RECIPE, "");
    train(2, RECIPE, "");
    train(1, new Recipe(20, 0.02), "");
    train(1, RECIPE, "another sparsity");
    GraphModel other = train(3, RECIPE, "").optimized().model();
    new FineTuning(TinyResNet.task(), folder, 1, console())
        .train("tiny", Optimized.of(other), RECIPE, "");
    try (Stream<Path> runs = Files.list(folder)) {
      assertEquals(6, runs.count());
    }
  }

  @Test
  void train_fewSteps_leavesCheckpointsOnTheWay() throws IOException {
    train(1, RECIPE, "");
    try (Stream<Path> files = Files.walk(folder)) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      assertTrue(names.contains("ckpt-18.index"), names.toString());
    }
  }

  private Tuned train(long seed, Recipe recipe, String settings) {
    return new FineTuning(TinyResNet.task(), folder, seed, console())
        .train("tiny", Optimized.of(model), recipe, settings);
  }

  private Console console() {
    return new Console(new PrintStream(said, true, StandardCharsets.UTF_8));
  }
}
