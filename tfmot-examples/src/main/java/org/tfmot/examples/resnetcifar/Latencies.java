package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.tfmot.examples.report.VariantResult.Latency;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;
import org.tfmot.techniques.tflite.LatencyStatistics;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Latencies of several models that can be compared: all are timed in turn, several rounds of it, so
 * that whatever else the machine does meets all alike.
 */
public final class Latencies {

  private static final int ROUNDS = 7;
  private static final int WARM_UP = 30;

  private final int runs;

  /**
   * Prepares the measurement.
   *
   * @param runs timed calls of each model over all rounds
   */
  public Latencies(int runs) {
    this.runs = Math.max(1, runs / ROUNDS);
  }

  /** The medians over the rounds, by the models' names. */
  public Map<String, Latency> measure(Map<String, TfLiteModel> models, int threads) {
    Map<String, List<LatencyStatistics>> rounds = new LinkedHashMap<>();
    long total = (long) ROUNDS * models.size();
    try (ProgressDisplay display =
        ProgressDisplay.terminalOnly()
            .open("time, %d thread(s)".formatted(threads), ProgressUnit.of("rounds"), 0, total)) {
      long done = 0;
      for (int round = 0; round < ROUNDS; round++) {
        for (Map.Entry<String, TfLiteModel> model : models.entrySet()) {
          rounds
              .computeIfAbsent(model.getKey(), name -> new ArrayList<>())
              .add(once(model.getValue(), threads));
          display.update(++done, model.getKey());
        }
      }
    }
    Map<String, Latency> latencies = new LinkedHashMap<>();
    rounds.forEach((name, statistics) -> latencies.put(name, median(statistics)));
    return latencies;
  }

  private LatencyStatistics once(TfLiteModel model, int threads) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model, threads)) {
      return interpreter.benchmark(WARM_UP, runs);
    }
  }

  private static Latency median(List<LatencyStatistics> rounds) {
    return new Latency(
        median(rounds, LatencyStatistics::medianMicros),
        median(rounds, LatencyStatistics::p10Micros),
        median(rounds, LatencyStatistics::p90Micros));
  }

  private static double median(
      List<LatencyStatistics> rounds, ToDoubleFunction<LatencyStatistics> value) {
    return rounds.stream()
        .map(value::applyAsDouble)
        .sorted(Comparator.naturalOrder())
        .toList()
        .get(rounds.size() / 2);
  }
}
