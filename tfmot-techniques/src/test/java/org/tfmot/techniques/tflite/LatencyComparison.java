package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints how long a graph of the layout of ResNet-20 takes in each form. No test: run its {@code
 * main}, on a machine that does nothing else.
 */
final class LatencyComparison {

  private static final int ROUNDS = 9;

  private LatencyComparison() {}

  public static void main(String[] arguments) {
    SampleGraph plain = SampleGraph.resNet20(false);
    Map<String, TfLiteModel> models = new LinkedHashMap<>();
    models.put("float32", plain.converter().convert());
    models.put("float16", plain.converter().float16().convert());
    models.put("dynamic range", plain.converter().dynamicRange().convert());
    models.put("int8", SampleGraph.resNet20(true).converter().int8().convert());
    models.put("int16x8", SampleGraph.resNet20(true).wide().converter().int16x8().convert());
    for (int threads = 1; threads <= 2; threads++) {
      Map<String, Double> medians = medians(models, threads);
      double base = medians.get("float32");
      int count = threads;
      medians.forEach(
          (name, micros) ->
              System.out.printf(
                  "%d thread(s)  %-14s %8.1f us  %.2f of float  %d bytes%n",
                  count, name, micros, micros / base, models.get(name).size()));
    }
  }

  /** The forms take turns, so that a slow moment of the machine meets all of them. */
  private static Map<String, Double> medians(Map<String, TfLiteModel> models, int threads) {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      models.forEach(
          (name, model) -> {
            try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model, threads)) {
              double micros = interpreter.benchmark(50, 200).medianMicros();
              all.computeIfAbsent(name, key -> new ArrayList<>()).add(micros);
            }
          });
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    all.forEach(
        (name, values) -> medians.put(name, values.stream().sorted().toList().get(ROUNDS / 2)));
    return medians;
  }
}
