package org.tfmot.examples.resnetcifar;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.tfmot.api.GraphModel;
import org.tfmot.api.NativeLogs;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.officialmodels.core.LearningRate;
import org.tfmot.officialmodels.core.Trainer;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainingListener;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.kernels.Kernels;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Measures training cost: the trainer against a bare session loop on the same graph, and each
 * technique against float. The configurations take turns in one process, so that a noisy machine
 * disturbs all alike; a ratio is the median, over the rounds, of the ratios of mean step times, so
 * that what a technique does only now and then counts. Each technique runs with native kernels, if
 * this machine has them, and with stock operations.
 */
@Command(
    name = "training-benchmark",
    mixinStandardHelpOptions = true,
    description = "Compares the time of training steps.")
public final class TrainingBenchmark implements Callable<Integer> {

  private static final SgdMomentum OPTIMIZER = new SgdMomentum(0.9, true, 5e-4);
  private static final double LEARNING_RATE = 1e-3;
  private static final int WARM_UP = 5;

  private static final String BARE = "bare loop";
  private static final String FLOAT = "float";
  private static final String STOCK = ", stock operations";
  private static final String KERNELS = "tfmot.kernels";
  private static final int PRUNING_FREQUENCY = 25;

  @Option(names = "--rounds", description = "default: ${DEFAULT-VALUE}")
  private int rounds = 5;

  @Option(names = "--steps", description = "in a round; default: ${DEFAULT-VALUE}")
  private int steps = 50;

  /** Mean step time of each round, in milliseconds. */
  private final Map<String, List<Double>> times = new LinkedHashMap<>();

  /** Runs the benchmark. */
  public static void main(String[] args) {
    NativeLogs.quiet();
    System.exit(new CommandLine(new TrainingBenchmark()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (rounds < 1 || steps < PRUNING_FREQUENCY) {
      throw new ParameterException(
          new CommandLine(this),
          "at least 1 round of %d steps is needed, not %d of %d"
              .formatted(PRUNING_FREQUENCY, rounds, steps));
    }
    ResNetTask setting = ResNetTask.load(500);
    GraphModel model = setting.task().buildModel(1);
    Map<String, Optimized> techniques = new LinkedHashMap<>();
    techniques.put(FLOAT, Optimized.of(model));
    techniques.put("quantization-aware", QuantizationAwareTraining.create().apply(model));
    techniques.put("pruning", pruning().apply(model));
    techniques.put(
        "pruned, quantization-aware",
        QuantizationAwareTraining.create().apply(pruning().apply(model)));
    techniques.put("clustering, 16", clustering(16).apply(model));
    techniques.put("clustering, 32", clustering(32).apply(model));
    techniques.put(
        "pruned, clustered, quantization-aware",
        QuantizationAwareTraining.create().apply(clustering(16).apply(pruning().apply(model))));
    for (int round = 0; round < rounds; round++) {
      record(BARE, BareLoop.stepMillis(setting.task(), model, WARM_UP + steps));
      for (Map.Entry<String, Optimized> technique : techniques.entrySet()) {
        record(technique.getKey(), trainerMillis(setting, technique.getValue()));
        if (!technique.getKey().equals(FLOAT) && Kernels.isNative()) {
          record(technique.getKey() + STOCK, stockMillis(setting, technique.getValue()));
        }
      }
      System.out.printf("round %d of %d done%n", round + 1, rounds);
    }
    print();
    return 0;
  }

  private static Pruning pruning() {
    return Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, -1, PRUNING_FREQUENCY)).build();
  }

  private static Clustering clustering(int clusters) {
    return Clustering.builder().clusters(clusters).build();
  }

  private List<Double> stockMillis(ResNetTask setting, Optimized optimized) throws IOException {
    String before = System.setProperty(KERNELS, "off");
    try {
      return trainerMillis(setting, optimized);
    } finally {
      if (before == null) {
        System.clearProperty(KERNELS);
      } else {
        System.setProperty(KERNELS, before);
      }
    }
  }

  /** Wall time from step to step, so that waiting for data counts. */
  private List<Double> trainerMillis(ResNetTask setting, Optimized optimized) throws IOException {
    Path folder = Files.createTempDirectory("tfmot-benchmark");
    TrainerConfig config =
        new TrainerConfig(
            WARM_UP + steps,
            OPTIMIZER,
            LearningRate.constant(LEARNING_RATE),
            WARM_UP + steps,
            0,
            1,
            Threads.DEFAULT);
    List<Double> millis = new ArrayList<>();
    TrainingListener clock =
        new TrainingListener() {
          private long last = System.nanoTime();

          @Override
          public void stepped(long step, float loss) {
            long now = System.nanoTime();
            millis.add((now - last) / 1e6);
            last = now;
          }
        };
    try {
      new Trainer(setting.task(), config, folder, clock)
          .train(optimized.model(), optimized.hooks());
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
    return millis;
  }

  private void record(String name, List<Double> millis) {
    times
        .computeIfAbsent(name, key -> new ArrayList<>())
        .add(
            millis.subList(WARM_UP, millis.size()).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow());
  }

  private void print() throws IOException {
    System.out.printf(
        Locale.ROOT,
        "%n%-60s %10s %10s   %s%n",
        "batch " + ResNetTask.BATCH_SIZE,
        "ms a step",
        "images/s",
        "ratio");
    for (String name : times.keySet()) {
      double time = median(rounds(name));
      String ratio =
          switch (name) {
            case BARE -> "";
            case FLOAT ->
                String.format(
                    Locale.ROOT, "%.3f of the bare loop's images/s", median(ratios(BARE, FLOAT)));
            default ->
                String.format(Locale.ROOT, "%.3f x the float step", median(ratios(name, FLOAT)));
          };
      System.out.printf(
          Locale.ROOT,
          "%-60s %10.1f %10.0f   %s%n",
          name,
          time,
          1000 * ResNetTask.BATCH_SIZE / time,
          ratio);
    }
    System.out.println("kernels: " + Kernels.description());
    System.out.println("peak resident memory: " + peakMemory());
  }

  private List<Double> rounds(String name) {
    return times.getOrDefault(name, List.of());
  }

  private List<Double> ratios(String name, String base) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      ratios.add(rounds(name).get(round) / rounds(base).get(round));
    }
    return ratios;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static String peakMemory() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return "not known on this operating system";
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .map(line -> line.substring("VmHWM:".length()).trim())
        .findFirst()
        .orElse("not known");
  }
}
