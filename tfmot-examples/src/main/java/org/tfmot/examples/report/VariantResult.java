package org.tfmot.examples.report;

import java.nio.file.Path;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Measurements of one variant of the model, as a TFLite file.
 *
 * @param variant name, for instance {@code float} or {@code qat-int8}
 * @param top1 share of test images whose predicted class is right, in [0, 1]
 * @param testImages number of test images behind {@code top1}, at least 1
 * @param tfliteBytes size of the {@code .tflite} file
 * @param gzipBytes size of the same file after gzip
 * @param zeroFraction share of the weights in the file that are exactly zero, in [0, 1]
 * @param latency one call of the interpreter, one image, one thread
 * @param latencyTwoThreads the same on two threads, or null if not measured
 * @param agreement share of test images on which the graph with simulated quantization and the
 *     converted model predict the same class, in [0, 1], or null if there is no such graph
 * @param file the {@code .tflite} file, relative to the folder of the report
 * @param recipe how the variant was made, in a few words, for instance {@code 300 steps, lr 0.01}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record VariantResult(
    String variant,
    double top1,
    int testImages,
    long tfliteBytes,
    long gzipBytes,
    double zeroFraction,
    Latency latency,
    @Nullable Latency latencyTwoThreads,
    @Nullable Double agreement,
    Path file,
    String recipe) {

  /** The name of the variant that all others are compared with. */
  public static final String FLOAT = "float";

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException if a number is NaN or out of range, a text is empty, or the
   *     file is absolute
   */
  public VariantResult {
    Checks.text("the name of a variant", variant);
    String of = " of variant " + variant;
    Checks.fraction("top1" + of, top1);
    Checks.positive("testImages" + of, testImages);
    Checks.positive("tfliteBytes" + of, tfliteBytes);
    Checks.positive("gzipBytes" + of, gzipBytes);
    Checks.fraction("zeroFraction" + of, zeroFraction);
    if (agreement != null) {
      Checks.fraction("agreement" + of, agreement);
    }
    if (file.isAbsolute() || file.toString().isEmpty()) {
      throw new IllegalArgumentException(
          "file" + of + " is '" + file + "'; it must be relative to the folder of the report");
    }
    Checks.text("recipe" + of, recipe);
  }

  /** The file with forward slashes, whatever the operating system. */
  String fileName() {
    StringBuilder name = new StringBuilder();
    for (Path part : file) {
      name.append(name.length() == 0 ? "" : "/").append(part);
    }
    return name.toString();
  }

  /**
   * Distribution of the time of one call, in microseconds.
   *
   * @param medianMicros median, above 0
   * @param p10Micros 10th percentile, at most the median
   * @param p90Micros 90th percentile, at least the median
   */
  @API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
  public record Latency(double medianMicros, double p10Micros, double p90Micros) {
    /**
     * Checks the order of the percentiles.
     *
     * @throws IllegalArgumentException if a value is NaN or not above 0, or out of order
     */
    public Latency {
      Checks.positive("median latency in microseconds", medianMicros);
      Checks.positive("p10 latency in microseconds", p10Micros);
      Checks.positive("p90 latency in microseconds", p90Micros);
      if (p10Micros > medianMicros || medianMicros > p90Micros) {
        throw new IllegalArgumentException(
            "latency percentiles are out of order: p10 "
                + p10Micros
                + ", median "
                + medianMicros
                + ", p90 "
                + p90Micros);
      }
    }
  }
}
