package org.tfmot.officialmodels.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.core.TinyTaskConfig;
import picocli.CommandLine;

class TrainMainTest {

  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void trainAndEval_thenEval_leaveTheirFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("c.yaml"), "trainer: {train_steps: 30, seed: 5}");
    Path model = folder.resolve("model");
    assertEquals(
        0,
        run(
            "--experiment=tiny",
            "--config_file=" + file,
            "--params_override=trainer.train_steps=25,trainer.validation_interval=10",
            "--model_dir=" + model));
    for (String name : List.of("checkpoint", "metrics-10.json", "metrics-25.json")) {
      assertTrue(Files.exists(model.resolve(name)), name);
    }
    String params = Files.readString(model.resolve("params.yaml"));
    assertTrue(params.contains("train_steps: 25\n"), params);
    assertTrue(params.contains("seed: 5\n"), params);

    assertEquals(0, run("--experiment", "tiny", "--model_dir=" + model, "--mode=eval"));
    assertTrue(Files.exists(model.resolve("metrics-25-held-out.json")));
    assertEquals(params, Files.readString(model.resolve("params.yaml")));
    assertEquals("", err.toString());
  }

  @Test
  void train_evaluatesAtTheEndOnly() {
    assertEquals(0, run("--experiment=tiny", "--model_dir=" + folder, "--mode=train"));
    assertFalse(Files.exists(folder.resolve("metrics-20.json")));
    assertTrue(Files.exists(folder.resolve("metrics-40.json")));
  }

  @Test
  void wrongInput_isOneSentenceAndExitCode2() {
    assertFails(2, "there is no experiment \"huge\", only tiny", "--experiment=huge");
    assertFails(
        2,
        "error: --params_override: unknown key \"trainer.steps\"",
        "--experiment=tiny",
        "--params_override=trainer.steps=5");
    assertFails(
        2,
        "trainer.train_steps must be positive",
        "--experiment=tiny",
        "--params_override=trainer.train_steps=0");
    assertFails(2, "cannot read the config file", "--experiment=tiny", "--config_file=absent.yaml");
    assertFails(2, "no checkpoint in", "--experiment=tiny", "--mode=eval");
  }

  @Test
  void wrongCommandLine_isExplained() {
    assertEquals(2, run("--experiment=tiny"));
    assertTrue(err.toString().contains("'--model_dir=<folder>'"), err.toString());
    assertEquals(2, run("--experiment=tiny", "--model_dir=m", "--mode=dream"));
    assertTrue(err.toString().contains("train_and_eval"), err.toString());
    assertEquals(2, run("--experiment=tiny", "--model_dir=m", "--modeldir=m"));
  }

  @Test
  void failure_isOneSentenceAndExitCode1() throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("model");
    assertEquals(1, run("--experiment=tiny", "--model_dir=" + below));
    assertTrue(err.toString().contains("cannot write to the model folder " + below));
    assertEquals(
        1,
        run(
            "--experiment=tiny",
            "--model_dir=" + folder,
            "--params_override=trainer.loss_upper_bound=1e-9"));
    assertTrue(err.toString().contains("above loss_upper_bound"), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
  }

  @Test
  void help_listsTheExperiments() {
    assertEquals(0, run("--help"));
    for (String name : List.of("resnet20_cifar10", "resnet32_cifar10", "resnet56_cifar10")) {
      assertTrue(out.toString().contains(name), out.toString());
    }
    assertTrue(out.toString().contains("train_and_eval"), out.toString());
  }

  private void assertFails(int exitCode, String message, String... arguments) {
    String[] all = new String[arguments.length + 1];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--model_dir=" + folder.resolve("m");
    assertEquals(exitCode, run(all));
    assertTrue(err.toString().contains(message), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
  }

  private int run(String... arguments) {
    ExperimentRegistry registry = new ExperimentRegistry();
    registry.register(TinyTaskConfig.experiment());
    CommandLine command = TrainMain.commandLine(registry);
    return command
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
