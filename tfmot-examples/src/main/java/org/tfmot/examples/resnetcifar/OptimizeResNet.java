package org.tfmot.examples.resnetcifar;

import com.google.common.base.Throwables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import org.tfmot.api.GraphModel;
import org.tfmot.api.NativeLogs;
import org.tfmot.examples.report.ComparisonReport;
import org.tfmot.examples.report.RunEnvironment;
import org.tfmot.officialmodels.core.TrainingDivergedException;
import org.tfmot.officialmodels.vision.PretrainedModels;
import org.tfmot.techniques.kernels.Kernels;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The main job: takes the float ResNet-20 that comes with the project through every technique on
 * real CIFAR-10, converts each result to TFLite, measures it, and writes a report.
 */
@Command(
    name = "optimize-resnet",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Optimizes the float ResNet-20 on CIFAR-10 by every technique and measures the TFLite"
            + " files.")
public final class OptimizeResNet implements Callable<Integer> {

  @Option(names = "--fast", description = "few steps, 2,000 test images: under 2 minutes")
  private boolean fast;

  @Option(names = "--full", description = "longer recipes: about 40 minutes")
  private boolean full;

  @Option(
      names = "--variants",
      paramLabel = "NAME",
      split = ",",
      description = "what to make, with what it is made from: ${COMPLETION-CANDIDATES}",
      completionCandidates = VariantNames.class)
  private List<String> variants = Variant.STANDARD.stream().map(Variant::toString).toList();

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "takes the report and the .tflite files (default: ${DEFAULT-VALUE})",
      defaultValue = "target/resnet20-cifar10")
  private Path out = Path.of("");

  @Option(
      names = "--checkpoint",
      paramLabel = "PREFIX",
      description = "a float ResNet-20 other than the one that comes with the project")
  private @Nullable Path checkpoint;

  @Option(names = "--seed", description = "of the data order (default: ${DEFAULT-VALUE})")
  private long seed = 1;

  /** Runs the job; the exit code is 0 if it went through. */
  public static void main(String[] args) {
    NativeLogs.quiet();
    System.exit(commandLine().execute(args));
  }

  /**
   * The job as a command. What a user can mend gives one sentence on its error stream, anything
   * else with its stack trace; the exit code is 1.
   */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new OptimizeResNet());
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          if (!isForeseen(e)) {
            throw e;
          }
          command.getErr().println("optimize-resnet: " + describe(e));
          return 1;
        });
    return line;
  }

  /** For the help text. */
  static final class VariantNames extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    VariantNames() {
      super(Arrays.stream(Variant.values()).map(Variant::toString).toList());
    }
  }

  private static boolean isForeseen(Exception e) {
    return e instanceof IllegalArgumentException
        || e instanceof IllegalStateException
        || e instanceof IOException
        || e instanceof UncheckedIOException
        || e instanceof InterruptedTrainingException
        || e instanceof TrainingDivergedException
        || e instanceof TfLiteConversionException;
  }

  @Override
  public Integer call() throws IOException {
    if (fast && full) {
      throw new IllegalArgumentException("--fast and --full exclude each other");
    }
    Plan plan =
        (fast ? Plan.fast() : full ? Plan.full() : Plan.standard()).with(Variant.of(variants));
    TfLiteConverter.requireSupportedPlatform();
    ComparisonReport.requireWritable(out);
    Console console = new Console(System.out);
    ResNetTask resNet = ResNetTask.load(plan.validationImages());
    GraphModel model = floatModel(resNet);
    ComparisonReport.Builder builder =
        ComparisonReport.builder("ResNet-20 on CIFAR-10")
            .mode(plan.mode())
            .environment(
                RunEnvironment.current(
                    TensorFlow.version(),
                    TfLiteInterpreter.runtimeVersion(),
                    Kernels.description()));
    FineTuning fineTuning = new FineTuning(resNet.task(), out.resolve("training"), seed, console);
    Optional<String> problem =
        new Variants(plan, model, resNet.data(), fineTuning, out, builder, console).run();
    ComparisonReport report = builder.build();
    report.writeJson(out.resolve("report.json"));
    report.writeHtml(out.resolve("report.html"));
    console.print("");
    console.print(report.table());
    console.print(
        "%s, report.html, report.json and the .tflite files are in %s"
            .formatted(console.elapsed(), out.toAbsolutePath().normalize()));
    if (problem.isPresent()) {
      throw new IllegalStateException(problem.get());
    }
    return 0;
  }

  private GraphModel floatModel(ResNetTask resNet) {
    return checkpoint == null
        ? PretrainedModels.resnet20Cifar10()
        : resNet.task().buildModel(seed).restore(checkpoint);
  }

  /** The message, and what is behind it: a full disk is named by the cause only. */
  private static String describe(Throwable error) {
    Throwable root = Throwables.getRootCause(error);
    String message = String.valueOf(error.getMessage());
    String reason = root instanceof IOException ? String.valueOf(root.getMessage()) : "";
    return message.contains(reason) ? message : message + ": " + reason;
  }
}
