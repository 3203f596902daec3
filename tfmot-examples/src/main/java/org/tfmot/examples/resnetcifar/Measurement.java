package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.GraphModel;
import org.tfmot.examples.report.VariantResult;
import org.tfmot.examples.report.VariantResult.Latency;
import org.tfmot.officialmodels.core.Progress;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;
import org.tfmot.officialmodels.vision.Accuracy;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Measures TFLite models: accuracy on the test images one by one, latency all together. */
final class Measurement {

  private static final int EVALUATION_THREADS = 2;

  private final LabeledImages testImages;
  private final int latencyRuns;
  private final Path folder;
  private final Map<String, TfLiteModel> models = new LinkedHashMap<>();
  private final List<Evaluated> evaluated = new ArrayList<>();

  /**
   * Prepares measuring.
   *
   * @param folder takes the files
   */
  Measurement(LabeledImages testImages, int latencyRuns, Path folder) {
    this.testImages = testImages;
    this.latencyRuns = latencyRuns;
    this.folder = folder;
  }

  /** Results of a variant before it is timed. */
  private record Evaluated(
      String variant, double top1, @Nullable Double agreement, String recipe) {}

  /**
   * Writes and evaluates a model.
   *
   * @param simulated the graph that simulates the integer model, to compare predictions with
   */
  void add(String variant, TfLiteModel model, @Nullable GraphModel simulated, String recipe) {
    model.write(folder.resolve(file(variant)));
    int[] predictions =
        evaluate(
            "evaluate " + variant,
            progress ->
                TfLiteClassifier.predictions(model, testImages, EVALUATION_THREADS, progress));
    Double agreement =
        simulated == null
            ? null
            : agreement(
                predictions,
                evaluate(
                    "evaluate " + variant + ", simulated",
                    progress -> Accuracy.predictions(simulated, testImages, progress)));
    models.put(variant, model);
    evaluated.add(
        new Evaluated(variant, Accuracy.top1(predictions, testImages), agreement, recipe));
  }

  /** Times all models that were added and returns everything, in their order. */
  List<VariantResult> results() {
    Latencies latencies = new Latencies(latencyRuns);
    Map<String, Latency> one = latencies.measure(models, 1);
    Map<String, Latency> two = latencies.measure(models, 2);
    return evaluated.stream().map(of -> result(of, one, two)).toList();
  }

  private VariantResult result(Evaluated of, Map<String, Latency> one, Map<String, Latency> two) {
    TfLiteModel model = Objects.requireNonNull(models.get(of.variant()));
    return new VariantResult(
        of.variant(),
        of.top1(),
        testImages.size(),
        model.size(),
        model.gzipSize(),
        model.zeroFraction(),
        Objects.requireNonNull(one.get(of.variant())),
        two.get(of.variant()),
        of.agreement(),
        file(of.variant()),
        of.recipe());
  }

  private static Path file(String variant) {
    return Path.of(variant + ".tflite");
  }

  private int[] evaluate(String name, Function<Progress, int[]> predictions) {
    try (ProgressDisplay display =
        ProgressDisplay.terminalOnly()
            .open(name, ProgressUnit.of("images"), 0, testImages.size())) {
      return predictions.apply((done, total) -> display.update(done, ""));
    }
  }

  /** The share of equal predictions. */
  static double agreement(int[] a, int[] b) {
    int equal = 0;
    for (int i = 0; i < a.length; i++) {
      if (a[i] == b[i]) {
        equal++;
      }
    }
    return (double) equal / a.length;
  }
}
