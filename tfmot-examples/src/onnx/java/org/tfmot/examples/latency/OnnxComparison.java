package org.tfmot.examples.latency;

import ai.onnxruntime.OrtException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tensorflow.Tensor;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.examples.latency.LatencyBenchmark.Network;
import org.tfmot.techniques.formats.FormatComparison;
import org.tfmot.techniques.formats.FormatComparison.Candidate;
import org.tfmot.techniques.formats.FormatComparison.Format;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Prints the latency of {@code .tflite} files beside that of ONNX Runtime, float32 and int8, one
 * example, all in turn. ONNX Runtime's ResNet-20 and MobileNetV1 have the same shapes and random
 * weights; its encoder is the published MiniLM-L6, whose shapes {@link TextEncoder} has.
 */
@Command(name = "onnx", mixinStandardHelpOptions = true, sortOptions = false)
public final class OnnxComparison implements Callable<Integer> {

  private static final int SAMPLES = 8;
  private static final int ROUNDS = 7;
  private static final int FEWEST = 5;
  private static final int MOST = 500;
  private static final double MICROS_OF_A_ROUND = 150_000;
  private static final int TOKENS = 128;
  private static final int WORDS = 30_522;

  @Option(
      names = "--only",
      split = ",",
      description = "resnet20, mobilenet, encoder; all by default")
  private List<String> only = List.of("resnet20", "mobilenet", "encoder");

  @Option(names = "--threads", split = ",", description = "1,2 by default")
  private List<Integer> threads = List.of(1, 2);

  /** Runs once and returns the microseconds. */
  private interface Run {
    double micros() throws OrtException;
  }

  /** A file in its runtime, and the median of each round. */
  private record Contestant(String title, Run run, double[] micros) {
    Contestant(String title, Run run) {
      this(title, run, new double[ROUNDS]);
    }

    double median(int runs) throws OrtException {
      double[] all = new double[runs];
      for (int i = 0; i < runs; i++) {
        all[i] = run.micros();
      }
      return OnnxComparison.median(all);
    }
  }

  /** Runs the comparison. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new OnnxComparison()).execute(arguments));
  }

  @Override
  public Integer call() throws OrtException, IOException {
    for (String name : only) {
      byte[] exact = file(name, false);
      byte[] integer = file(name, true);
      Network network = new LatencyBenchmark().network(name);
      System.out.println();
      System.out.println(network.title());
      GraphModel model = network.model().get().toInference();
      List<Map<String, Tensor>> samples = new ArrayList<>();
      for (int i = 0; i < SAMPLES; i++) {
        samples.add(network.sample().get());
      }
      for (int count : threads) {
        compare(FormatComparison.measure(model, samples, count), samples.get(0), exact, integer);
      }
      samples.forEach(sample -> sample.values().forEach(Tensor::close));
    }
    return CommandLine.ExitCode.OK;
  }

  private static byte[] file(String name, boolean integer) throws IOException {
    return switch (name) {
      case "resnet20" -> OnnxNetwork.resNet20(integer);
      case "mobilenet" -> OnnxNetwork.mobileNet(integer);
      case "encoder" -> resource(integer ? "/all-minilm-l6-v2-q.onnx" : "/all-minilm-l6-v2.onnx");
      default ->
          throw new IllegalArgumentException(
              "no network \"%s\"; there are resnet20, mobilenet, encoder".formatted(name));
    };
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream stream = OnnxComparison.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new FileNotFoundException(name + " is not on the class path");
      }
      return stream.readAllBytes();
    }
  }

  private static void compare(
      FormatComparison formats, Map<String, Tensor> sample, byte[] exact, byte[] integer)
      throws OrtException {
    int threads = formats.threads();
    try (TfLiteInterpreter ourExact = open(formats, Format.FLOAT32);
        TfLiteInterpreter ourInteger = open(formats, Format.INT8);
        OnnxRun onnxExact = new OnnxRun(exact, threads, TOKENS, WORDS);
        OnnxRun onnxInteger = new OnnxRun(integer, threads, TOKENS, WORDS)) {
      Map<String, float[]> feed = new LinkedHashMap<>();
      sample.forEach((name, tensor) -> feed.put(name, values(tensor)));
      List<Contestant> contestants =
          List.of(
              new Contestant("TFLite float32", () -> micros(ourExact, feed)),
              new Contestant("TFLite int8", () -> micros(ourInteger, feed)),
              new Contestant("ONNX Runtime float32", onnxExact::micros),
              new Contestant("ONNX Runtime int8", onnxInteger::micros));
      time(contestants);
      print(threads, contestants);
    }
  }

  private static TfLiteInterpreter open(FormatComparison formats, Format format) {
    Candidate candidate =
        formats.candidates().stream()
            .filter(each -> each.format() == format)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(formats.refusals().toString()));
    return TfLiteInterpreter.open(candidate.file(), formats.threads());
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    if (tensor instanceof TInt32 whole) {
      int[] words = new int[values.length];
      whole.asRawTensor().data().asInts().read(words);
      for (int i = 0; i < words.length; i++) {
        values[i] = words[i];
      }
    } else {
      tensor.asRawTensor().data().asFloats().read(values);
    }
    return values;
  }

  private static double micros(TfLiteInterpreter interpreter, Map<String, float[]> feed) {
    return interpreter.benchmark(feed, 1, 0, 1).medianMicros();
  }

  /** Runs all in turn, every second round in the other direction. */
  private static void time(List<Contestant> contestants) throws OrtException {
    Map<String, Integer> runs = new LinkedHashMap<>();
    for (Contestant each : contestants) {
      double micros = each.median(FEWEST);
      runs.put(each.title(), (int) Math.max(FEWEST, Math.min(MOST, MICROS_OF_A_ROUND / micros)));
    }
    List<Contestant> order = new ArrayList<>(contestants);
    for (int round = 0; round < ROUNDS; round++) {
      for (Contestant each : order) {
        each.median(FEWEST);
        each.micros()[round] = each.median(runs.getOrDefault(each.title(), FEWEST));
      }
      Collections.reverse(order);
    }
  }

  private static void print(int threads, List<Contestant> contestants) {
    double[] base = contestants.get(0).micros();
    System.out.printf(Locale.ROOT, "%-22s %12s %10s%n", threads + " thread(s)", "us", "ratio");
    for (Contestant each : contestants) {
      double[] ratios = new double[ROUNDS];
      Arrays.setAll(ratios, round -> each.micros()[round] / base[round]);
      System.out.printf(
          Locale.ROOT,
          "%-22s %12.1f %10.3f%n",
          each.title(),
          median(each.micros()),
          median(ratios));
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int last = sorted.length - 1;
    return (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
  }
}
