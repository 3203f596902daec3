package org.tfmot.officialmodels.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.TaskConfig;
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
    return run(registry, arguments);
  }

  private int run(ExperimentRegistry registry, String... arguments) {
    CommandLine command = TrainMain.commandLine(registry);
    return command
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void failure_ofTheFileSystem_saysWhatTheSystemSaid() throws IOException {
    Path below = Files.writeString(folder.resolve("file"), "").resolve("model");
    assertEquals(1, run("--experiment=tiny", "--model_dir=" + below));
    assertTrue(err.toString().matches("(?s).*change its rights: \\w.*"), err.toString());
    assertEquals(2, run("--experiment=tiny", "--model_dir=" + folder, "--config_file=absent.yaml"));
    assertTrue(err.toString().strip().endsWith("absent.yaml: no such file"), err.toString());
  }

  @ParameterizedTest
  @MethodSource("causes")
  void failure_rootCause_isAppendedOnce(Exception cause, String expected) {
    ExperimentRegistry registry = new ExperimentRegistry();
    registry.register(failing(() -> new UncheckedIOException("cannot write x", wrap(cause))));
    assertEquals(1, run(registry, "--experiment=failing", "--mode=train", "--model_dir=" + folder));
    assertEquals("error: cannot write x" + expected, err.toString().strip());
  }

  static Stream<Arguments> causes() {
    return Stream.of(
        Arguments.of(new IOException("No space left on device"), ": No space left on device"),
        Arguments.of(new AccessDeniedException("/x"), ": access denied"),
        Arguments.of(
            new FileSystemException("/x", null, "Disk quota exceeded"), ": Disk quota exceeded"),
        Arguments.of(new EOFException(), ": eof"),
        Arguments.of(new IOException("cannot write"), ""));
  }

  @Test
  void average_endToEnd_leavesCheckpointAndMetrics() throws IOException {
    Path model = folder.resolve("model");
    assertEquals(0, run("--experiment=tiny", "--model_dir=" + model));
    Path mean = folder.resolve("mean");
    assertEquals(
        0,
        run(
            "--experiment=tiny",
            "--mode=average",
            "--average=" + model.resolve("ckpt-20") + "," + model.resolve("ckpt-40"),
            "--model_dir=" + mean));
    assertTrue(Files.exists(mean.resolve("swa.index")));
    String metrics = Files.readString(mean.resolve("metrics-swa.json"));
    assertTrue(metrics.contains("\"accuracy\""), metrics);
    assertTrue(metrics.contains(model.resolve("ckpt-20").toString()), metrics);
    assertFails(2, "--average needs two", "--experiment=tiny", "--mode=average");
    assertFails(
        2,
        "--average needs two",
        "--experiment=tiny",
        "--mode=average",
        "--average=" + model.resolve("ckpt-20"));
    assertFails(
        2,
        "ckpt-7",
        "--experiment=tiny",
        "--mode=average",
        "--average=" + model.resolve("ckpt-20") + "," + model.resolve("ckpt-7"));
  }

  @Test
  void testSplit_inAnyModeThatTrains_isRefusedByItsKey() {
    ExperimentRegistry standard = ExperimentRegistry.standard();
    for (String mode : List.of("train", "train_and_eval", "average")) {
      assertEquals(
          2,
          run(
              standard,
              "--experiment=resnet20_cifar10",
              "--mode=" + mode,
              "--average=a,b",
              "--params_override=task.validation_data.split=test",
              "--model_dir=" + folder.resolve("m")));
      assertTrue(err.toString().contains("task.validation_data.split may be test with"), mode);
      err.getBuffer().setLength(0);
    }
    // Evaluation gets as far as the checkpoint that there is not.
    assertEquals(
        2,
        run(
            standard,
            "--experiment=resnet20_cifar10",
            "--mode=eval",
            "--params_override=task.validation_data.split=test",
            "--model_dir=" + folder.resolve("m")));
    assertTrue(err.toString().contains("no checkpoint in"), err.toString());
  }

  private static IOException wrap(Exception cause) {
    return new IOException("outer", cause);
  }

  private static Experiment<FailingConfig> failing(Supplier<RuntimeException> failure) {
    ExperimentConfig<TinyTaskConfig> tiny = TinyTaskConfig.experiment().defaults();
    FailingConfig.failure = failure;
    return new Experiment<>(
        "failing",
        "",
        new ExperimentConfig<>(new FailingConfig(0), tiny.trainer(), tiny.runtime()),
        FailingConfig.class);
  }

  /** Fails when its data are loaded. */
  public record FailingConfig(int unused) implements TaskConfig {
    private static Supplier<RuntimeException> failure = IllegalStateException::new;

    @Override
    public String initCheckpoint() {
      return null;
    }

    @Override
    public String evaluationData() {
      return "none";
    }

    @Override
    public void validate() {}

    @Override
    public Task createTask() {
      throw failure.get();
    }
  }
}
