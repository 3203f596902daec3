package org.tfmot.examples.latency;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.NativeLogs;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.officialmodels.vision.PretrainedModels;
import org.tfmot.techniques.formats.FormatComparison;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Prints size, latency, error and undelegated operations of each format of some networks. The
 * weights are random, but for ResNet-20: the error says whether something is grossly wrong.
 */
@Command(name = "latency", mixinStandardHelpOptions = true, sortOptions = false)
public final class LatencyBenchmark implements Runnable {

  private static final int SAMPLES = 8;

  @Option(
      names = "--only",
      split = ",",
      description = "resnet20, mobilenet, encoder, small-encoder; all by default")
  private List<String> only = new ArrayList<>();

  @Option(names = "--threads", split = ",", description = "1,2 by default")
  private List<Integer> threads = List.of(1, 2);

  private final Random random = new Random(7);

  /** A network and how to make an input of it. */
  record Network(String title, Supplier<GraphModel> model, Supplier<Map<String, Tensor>> sample) {}

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    NativeLogs.quiet();
    System.exit(new CommandLine(new LatencyBenchmark()).execute(arguments));
  }

  @Override
  public void run() {
    List<String> names = only.isEmpty() ? List.copyOf(networks().keySet()) : only;
    names.stream().map(this::network).toList().forEach(this::measure);
  }

  /**
   * Returns a network of the table.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  Network network(String name) {
    Map<String, Network> networks = networks();
    Network network = networks.get(name);
    if (network == null) {
      throw new IllegalArgumentException(
          "no network \"%s\"; there are %s".formatted(name, networks.keySet()));
    }
    return network;
  }

  private void measure(Network network) {
    GraphModel model = network.model().get().toInference();
    List<Map<String, Tensor>> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      samples.add(network.sample().get());
    }
    for (int count : threads) {
      System.out.printf(
          "%n%s%n%s%n", network.title(), FormatComparison.measure(model, samples, count));
    }
    samples.forEach(sample -> sample.values().forEach(Tensor::close));
  }

  private Map<String, Network> networks() {
    Map<String, Network> networks = new LinkedHashMap<>();
    networks.put(
        "resnet20",
        new Network(
            "ResNet-20, 32 x 32",
            PretrainedModels::resnet20Cifar10,
            () -> image(CifarResNet.IMAGE, 32)));
    networks.put(
        "mobilenet",
        new Network(
            "MobileNetV1 1.0, 224 x 224",
            MobileNet::model,
            () -> image(MobileNet.IMAGE, MobileNet.SIDE)));
    networks.put(
        "encoder", encoder("encoder of 6 x 384, 12 heads, 128 tokens", 6, 384, 12, 128, 30_522));
    networks.put(
        "small-encoder", encoder("encoder of 1 x 64, 4 heads, 64 tokens", 1, 64, 4, 64, 8_000));
    return networks;
  }

  private Network encoder(String title, int layers, int width, int heads, int tokens, int words) {
    TextEncoder encoder = new TextEncoder(layers, width, heads, tokens, words);
    return new Network(title, encoder::model, () -> text(tokens, words));
  }

  private Map<String, Tensor> image(String name, int side) {
    float[] values = new float[side * side * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return Map.of(name, TFloat32.tensorOf(Shape.of(1, side, side, 3), DataBuffers.of(values)));
  }

  private Map<String, Tensor> text(int tokens, int words) {
    int[] values = random.ints(tokens, 0, words).toArray();
    return Map.of(TextEncoder.IDS, TInt32.tensorOf(Shape.of(1, tokens), DataBuffers.of(values)));
  }
}
