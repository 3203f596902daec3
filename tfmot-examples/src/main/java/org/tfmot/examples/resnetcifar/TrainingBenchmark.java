package org.tfmot.examples.resnetcifar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.officialmodels.core.LearningRate;
import org.tfmot.officialmodels.core.SgdMomentum;
import org.tfmot.officialmodels.core.Trainer;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainingListener;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/**
 * What training costs: the trainer against a bare session loop on the same graph, and each
 * technique against float, as ratios of medians. The configurations take turns in one process, so
 * that a noisy machine disturbs all alike.
 *
 * <p>Arguments: rounds (default 3) and steps in a round (default 30).
 */
public final class TrainingBenchmark {

  private static final SgdMomentum OPTIMIZER = new SgdMomentum(0.9, true, 5e-4);
  private static final double LEARNING_RATE = 1e-3;
  private static final int WARM_UP = 5;

  private final ResNetTask setting;
  private final int rounds;
  private final int steps;
  private final Map<String, List<Double>> times = new LinkedHashMap<>();

  private TrainingBenchmark(ResNetTask setting, int rounds, int steps) {
    this.setting = setting;
    this.rounds = rounds;
    this.steps = steps;
  }

  /** Runs the benchmark. */
  public static void main(String[] args) throws IOException {
    NativeLogs.quiet();
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : 30;
    new TrainingBenchmark(ResNetTask.load(500), rounds, steps).run();
  }

  private void run() throws IOException {
    GraphModel model = setting.task().buildModel(1);
    Map<String, Optimized> techniques = new LinkedHashMap<>();
    techniques.put("float", Optimized.of(model));
    techniques.put("quantization-aware", QuantizationAwareTraining.create().apply(model));
    techniques.put(
        "pruning",
        Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, -1, 10)).build().apply(model));
    for (int round = 0; round < rounds; round++) {
      record("bare loop", BareLoop.stepMillis(setting.task(), model, WARM_UP + steps));
      for (Map.Entry<String, Optimized> technique : techniques.entrySet()) {
        record(technique.getKey(), trainerMillis(technique.getValue()));
      }
      System.out.printf("round %d of %d done%n", round + 1, rounds);
    }
    print();
  }

  /** Wall time from step to step, so that waiting for data counts. */
  private List<Double> trainerMillis(Optimized optimized) throws IOException {
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
    new Trainer(setting.task(), config, folder, clock).train(optimized.model(), optimized.hooks());
    return millis;
  }

  private void record(String name, List<Double> millis) {
    times
        .computeIfAbsent(name, key -> new ArrayList<>())
        .addAll(millis.subList(WARM_UP, millis.size()));
  }

  private void print() throws IOException {
    double bare = median("bare loop");
    double plain = median("float");
    System.out.printf(
        Locale.ROOT, "%n%-22s %12s %12s %12s%n", "batch 128", "ms a step", "images/s", "ratio");
    for (String name : times.keySet()) {
      double time = median(name);
      String ratio =
          switch (name) {
            case "bare loop" -> "";
            case "float" -> String.format(Locale.ROOT, "%.3f of bare images/s", bare / time);
            default -> String.format(Locale.ROOT, "%.3f x float step", time / plain);
          };
      System.out.printf(
          Locale.ROOT,
          "%-22s %12.1f %12.0f   %s%n",
          name,
          time,
          1000 * ResNetTask.BATCH_SIZE / time,
          ratio);
    }
    System.out.println("peak resident memory: " + peakMemory());
  }

  private double median(String name) {
    List<Double> sorted = times.getOrDefault(name, List.of()).stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
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
