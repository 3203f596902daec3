package org.tfmot.techniques.formats;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.tflite.LatencyProfile;
import org.tfmot.techniques.tflite.LatencyStatistics;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Converts a model to each format, measures all of them on this machine, and tells which is
 * fastest.
 *
 * <pre>{@code
 * FormatComparison comparison = FormatComparison.measure(model, samples, 1);
 * System.out.println(comparison);
 * comparison.fastest().file().write(Path.of("model.tflite"));
 * }</pre>
 *
 * <p>The formats run in turn, in rounds, and a ratio is the median of the rounds' ratios: what else
 * the machine does disturbs all formats alike. A run is timed with the copying of its inputs and
 * outputs.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class FormatComparison {

  /** The formats of a file. */
  public enum Format {
    /** All in float32. */
    FLOAT32,
    /** Weights in float16, computed in float32. */
    FLOAT16,
    /** Weights in int8, activations in float32. */
    DYNAMIC_RANGE,
    /** Weights and activations in int8, calibrated on the samples. */
    INT8
  }

  /**
   * A format and what was measured of it.
   *
   * @param file the converted model
   * @param medianMicros the median of a run, over all rounds
   * @param ratio of that time to the time in float32, or in the first of the formats if the model
   *     could not be converted to float32
   * @param relativeError the root mean square of the difference to the outputs in float32, over
   *     that of these outputs, on the first samples; of the graph in TensorFlow if there is no file
   *     in float32
   * @param undelegated how many operations of each kind XNNPACK did not take
   * @param profile what they cost
   * @param inFloat operations that quantization left in float, for {@link Format#INT8}
   */
  public record Candidate(
      Format format,
      TfLiteModel file,
      double medianMicros,
      double ratio,
      double relativeError,
      Map<String, Integer> undelegated,
      LatencyProfile profile,
      List<String> inFloat) {

    /** Copies the collections. */
    public Candidate {
      undelegated = new TreeMap<>(undelegated);
      inFloat = List.copyOf(inFloat);
    }
  }

  private final int threads;
  private final List<Candidate> candidates;
  private final Map<Format, String> refusals;

  private FormatComparison(int threads, List<Candidate> candidates, Map<Format, String> refusals) {
    this.threads = threads;
    this.candidates = List.copyOf(candidates);
    this.refusals = Map.copyOf(refusals);
  }

  /**
   * Measures all formats. Takes some seconds more than the conversions.
   *
   * @param model in training or in inference mode, not quantized; sizes that its inputs leave open,
   *     besides the batch, become those of the samples
   * @param samples real inputs, a tensor for each input by name; all of them calibrate int8, the
   *     first is timed, and the first four tell the error. They remain the caller's to close
   * @param threads how many threads a run may use, at least 1
   * @throws IllegalArgumentException if there is no sample, one lacks an input or is of another
   *     type, their sizes differ where the model is open, or the model cannot be converted to any
   *     format
   */
  public static FormatComparison measure(
      GraphModel model, List<? extends Map<String, ? extends Tensor>> samples, int threads) {
    Arguments.require(model, "model");
    Arguments.require(samples, "samples");
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("a comparison needs samples of real input, not none");
    }
    GraphModel inference = SampleShapes.fix(model.toInference(), samples);
    Map<Format, TfLiteModel> files = new LinkedHashMap<>();
    Map<Format, String> refusals = new TreeMap<>();
    convert(Format.FLOAT32, TfLiteConverter.of(inference), files, refusals);
    convert(Format.FLOAT16, TfLiteConverter.of(inference).float16(), files, refusals);
    convert(Format.DYNAMIC_RANGE, TfLiteConverter.of(inference).dynamicRange(), files, refusals);
    List<String> inFloat = new ArrayList<>();
    try {
      Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(inference, samples);
      calibrated.report().skipped().forEach(entry -> inFloat.add(entry.operation()));
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).int8();
      convert(
          Format.INT8,
          inFloat.isEmpty() ? converter : converter.allowFloat(inFloat),
          files,
          refusals);
    } catch (IllegalArgumentException e) {
      refusals.put(Format.INT8, String.valueOf(e.getMessage()));
    }
    if (files.isEmpty()) {
      throw new IllegalArgumentException(
          "the model cannot be converted to any format: " + refusals);
    }
    List<Map<String, float[]>> exact =
        files.containsKey(Format.FLOAT32) ? List.of() : outputs(inference, samples);
    try (InterleavedRuns runs = new InterleavedRuns(files, exact, samples, threads)) {
      return new FormatComparison(threads, runs.measure(inFloat), refusals);
    }
  }

  /** The outputs of the graph itself for the samples that tell the error. */
  private static List<Map<String, float[]>> outputs(
      GraphModel model, List<? extends Map<String, ? extends Tensor>> samples) {
    List<Map<String, float[]>> outputs = new ArrayList<>();
    List<String> names = List.copyOf(model.outputs().keySet());
    try (LiveModel live = model.open()) {
      for (Map<String, ? extends Tensor> sample :
          samples.subList(0, Math.min(InterleavedRuns.CHECKED, samples.size()))) {
        try (Result result = live.run(sample)) {
          Map<String, float[]> values = new LinkedHashMap<>();
          for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), SampleValues.of(names.get(i), result.get(i)));
          }
          outputs.add(values);
        }
      }
    }
    return outputs;
  }

  private static void convert(
      Format format,
      TfLiteConverter converter,
      Map<Format, TfLiteModel> files,
      Map<Format, String> refusals) {
    try {
      files.put(format, converter.convert());
    } catch (RuntimeException e) {
      refusals.put(format, String.valueOf(e.getMessage()));
    }
  }

  /** Returns the formats that could be converted, float32 first. */
  public List<Candidate> candidates() {
    return candidates;
  }

  /** Returns why the others could not. */
  public Map<Format, String> refusals() {
    return refusals;
  }

  /** Returns how many threads a run used. */
  public int threads() {
    return threads;
  }

  /** Returns the format with the smallest {@link Candidate#ratio}. */
  public Candidate fastest() {
    return candidates.stream().min(Comparator.comparingDouble(Candidate::ratio)).orElseThrow();
  }

  /** A table, a line for each format. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-14s %12s %10s %7s %9s  %s",
            "format",
            "bytes",
            "median",
            "ratio",
            "error %",
            "outside XNNPACK, " + threads + " thread(s)"));
    for (Candidate each : candidates) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n%-14s %12d %10s %7.3f %9.2f  %.0f %% %s",
              each.format(),
              each.file().size(),
              LatencyStatistics.text(each.medianMicros()),
              each.ratio(),
              100 * each.relativeError(),
              100 * each.profile().undelegatedShare(),
              each.undelegated()));
    }
    refusals.forEach((format, why) -> text.append("\n%-14s %s".formatted(format, why)));
    return text.append("\nfastest: " + fastest().format()).toString();
  }
}
