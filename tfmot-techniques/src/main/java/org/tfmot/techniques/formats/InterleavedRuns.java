package org.tfmot.techniques.formats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.tensorflow.Tensor;
import org.tfmot.techniques.formats.FormatComparison.Candidate;
import org.tfmot.techniques.formats.FormatComparison.Format;
import org.tfmot.techniques.tflite.LatencyProfile;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Runs several files of one model in turn. */
final class InterleavedRuns implements AutoCloseable {

  private static final int ROUNDS = 7;

  /** The number of samples that tell the error. */
  static final int CHECKED = 4;

  private static final double MICROS_OF_A_ROUND = 60_000;
  private static final int FEWEST = 3;
  private static final int MOST = 500;

  private final Map<Format, TfLiteModel> files;
  private final Map<Format, TfLiteInterpreter> interpreters = new LinkedHashMap<>();
  private final List<Map<String, float[]>> feeds = new ArrayList<>();
  private final List<Map<String, float[]>> exact;
  private final int batch;

  /**
   * Opens the files.
   *
   * @param exact the outputs that the errors are measured from, for the first samples; if empty,
   *     those of the first file
   */
  InterleavedRuns(
      Map<Format, TfLiteModel> files,
      List<Map<String, float[]>> exact,
      List<? extends Map<String, ? extends Tensor>> samples,
      int threads) {
    this.files = files;
    this.exact = exact;
    for (Map<String, ? extends Tensor> sample :
        samples.subList(0, Math.min(CHECKED, samples.size()))) {
      Map<String, float[]> feed = new LinkedHashMap<>();
      sample.forEach((name, tensor) -> feed.put(name, SampleValues.of(name, tensor)));
      feeds.add(feed);
    }
    Tensor first = samples.get(0).values().iterator().next();
    batch = first.shape().numDimensions() == 0 ? 1 : (int) first.shape().get(0);
    files.forEach(
        (format, file) -> interpreters.put(format, TfLiteInterpreter.open(file, threads)));
  }

  List<Candidate> measure(List<String> inFloat) {
    Map<Format, double[]> micros = time();
    double[] base = micros.values().iterator().next();
    List<Candidate> candidates = new ArrayList<>();
    interpreters.forEach(
        (format, interpreter) -> {
          double[] own = Objects.requireNonNull(micros.get(format));
          double[] ratios = new double[ROUNDS];
          Arrays.setAll(ratios, round -> own[round] / base[round]);
          Map<String, Integer> undelegated = new TreeMap<>();
          interpreter.undelegatedOperators().forEach(op -> undelegated.merge(op, 1, Integer::sum));
          double error = error(interpreter);
          LatencyProfile profile = interpreter.profile(2, 11);
          candidates.add(
              new Candidate(
                  format,
                  Objects.requireNonNull(files.get(format)),
                  median(own),
                  median(ratios),
                  error,
                  undelegated,
                  profile,
                  format == Format.INT8 ? inFloat : List.of()));
        });
    return candidates;
  }

  /** The median of each format in each round; every second round in the other direction. */
  private Map<Format, double[]> time() {
    Map<Format, double[]> micros = new LinkedHashMap<>();
    Map<Format, Integer> runs = new LinkedHashMap<>();
    for (Format format : interpreters.keySet()) {
      micros.put(format, new double[ROUNDS]);
      double once = once(format, FEWEST);
      runs.put(format, (int) Math.max(FEWEST, Math.min(MOST, MICROS_OF_A_ROUND / once)));
    }
    List<Format> order = new ArrayList<>(interpreters.keySet());
    for (int round = 0; round < ROUNDS; round++) {
      for (Format format : order) {
        once(format, 1);
        Objects.requireNonNull(micros.get(format))[round] =
            once(format, Objects.requireNonNull(runs.get(format)));
      }
      Collections.reverse(order);
    }
    return micros;
  }

  private double once(Format format, int runs) {
    TfLiteInterpreter interpreter = Objects.requireNonNull(interpreters.get(format));
    double[] micros = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      interpreter.run(feeds.get(0), batch);
      micros[i] = (System.nanoTime() - start) / 1e3;
    }
    return median(micros);
  }

  private double error(TfLiteInterpreter interpreter) {
    TfLiteInterpreter first = interpreters.values().iterator().next();
    double difference = 0;
    double size = 0;
    for (int sample = 0; sample < feeds.size(); sample++) {
      Map<String, float[]> feed = feeds.get(sample);
      Map<String, float[]> given = interpreter.run(feed, batch);
      Map<String, float[]> right = exact.isEmpty() ? first.run(feed, batch) : exact.get(sample);
      for (Map.Entry<String, float[]> output : right.entrySet()) {
        float[] other = Objects.requireNonNull(given.get(output.getKey()));
        float[] wanted = output.getValue();
        for (int i = 0; i < wanted.length; i++) {
          difference += Math.pow(wanted[i] - (double) other[i], 2);
          size += Math.pow(wanted[i], 2);
        }
      }
    }
    return size == 0 ? 0 : Math.sqrt(difference / size);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int last = sorted.length - 1;
    return (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
  }

  @Override
  public void close() {
    interpreters.values().forEach(TfLiteInterpreter::close);
  }
}
