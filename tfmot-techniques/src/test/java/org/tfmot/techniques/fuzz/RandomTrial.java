package org.tfmot.techniques.fuzz;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tensorflow.Session;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.fuzz.Outcome.Kind;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.RoundingDifferences;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Converts a random model in a mode and compares the file with TensorFlow. Errors are the root of
 * the mean squared difference over that of the values, of the worst output.
 *
 * <p>A file of integers and its simulation differ where a value lies halfway between two steps, by
 * one step an operator, and such a step grows by the slopes of what follows. So the outputs of the
 * two are not compared with each other. Instead no operator may round otherwise than the simulation
 * on equal operands but by one step, ties, and the file may be no farther from float than the
 * simulation is, but for some chance.
 */
final class RandomTrial {

  /** Modes of conversion. */
  enum Mode {
    FLOAT32,
    FLOAT16,
    DYNAMIC_RANGE,
    INT8,
    INT16X8,
    AWARE
  }

  /** TensorFlow Lite's kernels add in another order than TensorFlow's. */
  private static final double FLOAT32 = 1e-4;

  /** Weights of 11 bits have errors of 2^-12, which a model of eight layers multiplies. */
  private static final double FLOAT16 = 0.02;

  /** Weights and inputs of products have errors of 1/254 of their largest value. */
  private static final double DYNAMIC_RANGE = 0.15;

  /** A layer that jumps turns an error into one of a whole unit, in some of the values. */
  private static final double JUMPS = 5;

  /** The share of values in which an operator may differ by more than one step. */
  private static final double FARTHER = 0.001;

  private final RandomModel model;
  private final Map<String, float[]> reference;
  private boolean converted;

  /** Computes a model's outputs with TensorFlow. */
  RandomTrial(RandomModel model) {
    this.model = model;
    this.reference = model.run(model.model().toInference());
  }

  /** Tries the model in a mode. */
  Outcome run(Mode mode) {
    converted = false;
    if (!comparable(reference)) {
      return new Outcome(Kind.SKIPPED, "");
    }
    try {
      return switch (mode) {
        case FLOAT32 -> floats(TfLiteConverter.of(model.model()), FLOAT32);
        case FLOAT16 -> floats(TfLiteConverter.of(model.model()).float16(), FLOAT16);
        case DYNAMIC_RANGE ->
            floats(TfLiteConverter.of(model.model()).dynamicRange(), DYNAMIC_RANGE);
        case INT8 -> calibrated(false);
        case INT16X8 -> calibrated(true);
        case AWARE -> aware();
      };
    } catch (RuntimeException e) {
      // An interpreter refuses a file that its kernels cannot run, before native code sees it.
      boolean refusal =
          e instanceof IllegalArgumentException
              || e instanceof UnsupportedOperationException
              || e instanceof TfLiteConversionException;
      return new Outcome(
          refusal && e.getMessage() != null ? Kind.REFUSED : Kind.FAILED,
          (converted ? "the file: " : "") + e);
    }
  }

  private TfLiteModel convert(TfLiteConverter converter) {
    TfLiteModel file = converter.convert();
    converted = true;
    return file;
  }

  /** Returns whether all values are finite, of usual size, and not all zero. */
  private static boolean comparable(Map<String, float[]> outputs) {
    return outputs.values().stream()
        .allMatch(
            values -> {
              double largest = 0;
              for (float value : values) {
                if (!Float.isFinite(value)) {
                  return false;
                }
                largest = Math.max(largest, Math.abs(value));
              }
              return largest < 1e6 && largest > 1e-6;
            });
  }

  private Outcome floats(TfLiteConverter converter, double bound) {
    double error = error(reference, model.run(convert(converter)));
    return error <= (model.jumps() ? JUMPS * bound : bound)
        ? new Outcome(Kind.WORKED, "")
        : new Outcome(Kind.BEYOND, format("error to float %.5f", error));
  }

  private Outcome calibrated(boolean wide) {
    PostTrainingQuantization.Builder builder = PostTrainingQuantization.builder();
    PostTrainingQuantization.Calibrated calibrated =
        (wide ? builder.activationBits(16) : builder)
            .build()
            .calibrate(model.model(), model.feeds());
    return integers(calibrated.model(), calibrated.report(), reference, wide);
  }

  private Outcome aware() {
    GraphModel training = model.model().withTraining(true);
    Optimized optimized = QuantizationAwareTraining.create().apply(training);
    OptimizationReport report = optimized.reports().get(0);
    Optimized trained = optimized.withModel(afterOneStep(optimized.model()));
    Map<String, float[]> expected = model.run(afterOneStep(training).toInference());
    return integers(trained.strip(), report, expected, false);
  }

  private GraphModel afterOneStep(GraphModel training) {
    try (LiveModel live = training.open()) {
      Session.Runner runner = live.runner(model.feeds().get(0));
      training.updates().forEach(runner::addTarget);
      runner.fetch(live.output("result")).run().close();
      return live.snapshot();
    }
  }

  private Outcome integers(
      GraphModel simulation,
      OptimizationReport report,
      Map<String, float[]> expected,
      boolean wide) {
    List<String> inFloat =
        report.skipped().stream().map(OptimizationReport.Entry::operation).toList();
    TfLiteConverter converter = TfLiteConverter.of(simulation).allowFloat(inFloat);
    TfLiteModel file = convert(wide ? converter.int16x8() : converter.int8());
    double simulated = error(expected, model.run(simulation));
    double computed = error(expected, model.run(file));
    String errors = format("file to float %.4f, simulation to float %.4f", computed, simulated);
    if (computed > (wide ? 1.5 * simulated + 0.002 : 1.3 * simulated + 0.02)) {
      return report.warnings().isEmpty()
          ? new Outcome(Kind.BEYOND, errors)
          : new Outcome(Kind.WARNED, errors + ", " + report.warnings().get(0));
    }
    if (wide) {
      return new Outcome(Kind.WORKED, errors);
    }
    RoundingDifferences differences =
        RoundingDifferences.of(simulation, file, model.feeds().get(0), delegated(file));
    return differences.farther().values().stream().allMatch(share -> share <= FARTHER)
        ? new Outcome(Kind.WORKED, errors)
        : new Outcome(
            Kind.BEYOND,
            "more than one step: "
                + differences.farther()
                + ", at most "
                + differences.worst()
                + "; "
                + errors);
  }

  /** Returns whether XNNPACK takes a file: one with shapes that a run computes it does not. */
  private static boolean delegated(TfLiteModel file) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.delegateKernels() > 0;
    }
  }

  private static double error(Map<String, float[]> expected, Map<String, float[]> got) {
    double worst = 0;
    for (Map.Entry<String, float[]> output : expected.entrySet()) {
      float[] a = output.getValue();
      float[] b = got.get(output.getKey());
      if (b == null || a.length != b.length) {
        throw new AssertionError("the output " + output.getKey() + " has another length");
      }
      double difference = 0;
      double size = 0;
      for (int i = 0; i < a.length; i++) {
        difference += Math.pow((double) a[i] - b[i], 2);
        size += Math.pow(a[i], 2);
      }
      double error = Math.sqrt(difference / size);
      worst = error <= worst ? worst : error;
    }
    return worst;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
