package org.tfmot.officialmodels.train;

import com.google.common.base.Throwables;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apiguardian.api.API;
import org.tfmot.api.NativeLogs;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.core.ExperimentRunner;
import org.tfmot.officialmodels.core.ProgressListener;
import org.tfmot.officialmodels.core.TrainingDivergedException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Trains, averages, evaluates or exports an experiment, with the flags of Official Models. Exit
 * codes: 0 if all went well, 1 if training or evaluation failed, 2 if the command line or the
 * configuration is wrong.
 */
@Command(
    name = "train",
    description = "Trains or evaluates an experiment. A model_dir with a checkpoint is resumed.",
    mixinStandardHelpOptions = true,
    versionProvider = TrainMain.Version.class,
    sortOptions = false)
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TrainMain implements Callable<Integer> {

  @Option(
      names = "--experiment",
      required = true,
      paramLabel = "<name>",
      description = "The registered configuration to start from: ${COMPLETION-CANDIDATES}.",
      completionCandidates = Names.class)
  private String experiment = "";

  @Option(
      names = "--config_file",
      paramLabel = "<file>",
      description = "YAML laid over the experiment's configuration; may be given several times.")
  private List<Path> configFiles = new ArrayList<>();

  @Option(
      names = "--params_override",
      paramLabel = "<key=value,...>",
      description = "Laid over that, such as trainer.train_steps=100,task.model.depth=32.")
  private List<String> paramsOverrides = new ArrayList<>();

  @Option(
      names = "--model_dir",
      required = true,
      paramLabel = "<folder>",
      description = "Takes checkpoints, metrics, the log and the effective params.yaml.")
  private Path modelDir = Path.of("");

  @Option(
      names = "--mode",
      defaultValue = "train_and_eval",
      paramLabel = "<mode>",
      description = {
        "train_and_eval: train, evaluate every trainer.validation_interval steps and at the end.",
        "train: train and evaluate at the end only.",
        "eval: evaluate the newest checkpoint.",
        "average: average the checkpoints of --average, save the result as checkpoint swa.",
        "export: export the newest checkpoint, without what techniques need for training, as"
            + " SavedModel and .tflite; with techniques training ends with it.",
        "Default: ${DEFAULT-VALUE}."
      })
  private Mode mode = Mode.TRAIN_AND_EVAL;

  @Option(
      names = "--average",
      split = ",",
      paramLabel = "<checkpoint,...>",
      description = "What --mode=average averages: prefixes such as run/ckpt-1000.")
  private List<Path> checkpoints = new ArrayList<>();

  @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  private final ExperimentRegistry registry;

  TrainMain(ExperimentRegistry registry) {
    this.registry = registry;
  }

  /** Runs the command line and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    NativeLogs.quiet();
    System.exit(commandLine(ExperimentRegistry.standard()).execute(arguments));
  }

  /**
   * Runs the command line for some experiments.
   *
   * @return the exit code
   */
  public static int run(
      ExperimentRegistry registry, PrintWriter out, PrintWriter err, String... arguments) {
    return commandLine(registry).setOut(out).setErr(err).execute(arguments);
  }

  static CommandLine commandLine(ExperimentRegistry registry) {
    return new CommandLine(new TrainMain(registry))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((e, command, result) -> report(e, command));
  }

  @Override
  public Integer call() {
    Experiment<?> chosen = registry.get(experiment);
    ExperimentConfig<?> config = chosen.configure(configFiles, overrides());
    ExperimentRunner runner = new ExperimentRunner(config, modelDir, ProgressListener.create());
    switch (mode) {
      case EVAL -> runner.evaluate();
      case AVERAGE -> runner.average(checkpoints);
      case EXPORT -> runner.export().forEach(this::print);
      case TRAIN, TRAIN_AND_EVAL -> {
        runner.train();
        if (runner.hasOptimized()) {
          runner.export().forEach(this::print);
        }
      }
    }
    return ExitCode.OK;
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line);
  }

  private List<String> overrides() {
    List<String> overrides = new ArrayList<>(paramsOverrides);
    if (mode == Mode.TRAIN) {
      overrides.add("trainer.validation_interval=0");
    }
    return overrides;
  }

  private static int report(Exception e, CommandLine command) throws Exception {
    PrintWriter err = command.getErr();
    if (e instanceof IllegalArgumentException) {
      err.println("error: " + message(e));
      return ExitCode.USAGE;
    }
    if (e instanceof TrainingDivergedException || e instanceof UncheckedIOException) {
      err.println("error: " + message(e));
      return ExitCode.SOFTWARE;
    }
    throw e; // Not foreseen: with its stack trace.
  }

  /** Returns the message of the root cause, which is the system's: a full disk, for instance. */
  private static String message(Exception e) {
    String message = String.valueOf(e.getMessage());
    Throwable root = Throwables.getRootCause(e);
    if (!(root instanceof FileSystemException || e instanceof UncheckedIOException)) {
      return message;
    }
    String reason = reason(root);
    return message.contains(reason) ? message : message + ": " + reason;
  }

  /** Some of the JDK's exceptions have a path as their message, and their meaning as their name. */
  private static String reason(Throwable root) {
    if (root instanceof FileSystemException file) {
      return file.getReason() != null ? file.getReason() : words(file);
    }
    return root.getMessage() != null ? root.getMessage() : words(root);
  }

  private static String words(Throwable root) {
    String name = root.getClass().getSimpleName().replaceFirst("Exception$", "");
    return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  /** Actions on an experiment. */
  enum Mode {
    TRAIN,
    EVAL,
    TRAIN_AND_EVAL,
    AVERAGE,
    EXPORT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The experiments, for the help text. */
  static final class Names extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    Names() {
      ExperimentRegistry.standard().experiments().forEach(e -> add(e.name()));
    }
  }

  /** The version that the JAR's manifest states. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = TrainMain.class.getPackage().getImplementationVersion();
      return new String[] {version == null ? "development version" : version};
    }
  }
}
