package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.GraphModel;
import org.tfmot.examples.report.VariantResult;
import org.tfmot.officialmodels.core.Progress;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;
import org.tfmot.officialmodels.vision.Accuracy;
import org.tfmot.techniques.tflite.LatencyStatistics;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Measures a TFLite model: accuracy on the test images, size, zeros and latency. */
final class Measurement {

  private static final int WARM_UP = 50;
  private static final int EVALUATION_THREADS = 2;

  private final LabeledImages testImages;
  private final int latencyRuns;
  private final Path folder;

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

  /**
   * Writes and measures a model.
   *
   * @param simulated the graph that simulates the integer model, to compare predictions with
   */
  VariantResult measure(
      String variant, TfLiteModel model, @Nullable GraphModel simulated, String recipe) {
    Path file = Path.of(variant + ".tflite");
    model.write(folder.resolve(file));
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
    return new VariantResult(
        variant,
        Accuracy.top1(predictions, testImages),
        testImages.size(),
        model.size(),
        model.gzipSize(),
        model.zeroFraction(),
        latency(model, 1),
        latency(model, 2),
        agreement,
        file,
        recipe);
  }

  private int[] evaluate(String name, Function<Progress, int[]> predictions) {
    try (ProgressDisplay display =
        ProgressDisplay.terminalOnly()
            .open(name, ProgressUnit.of("images"), 0, testImages.size())) {
      return predictions.apply((done, total) -> display.update(done, ""));
    }
  }

  private VariantResult.Latency latency(TfLiteModel model, int threads) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model, threads)) {
      LatencyStatistics latency = interpreter.benchmark(WARM_UP, latencyRuns);
      return new VariantResult.Latency(
          latency.medianMicros(), latency.p10Micros(), latency.p90Micros());
    }
  }

  private static double agreement(int[] a, int[] b) {
    int equal = 0;
    for (int i = 0; i < a.length; i++) {
      if (a[i] == b[i]) {
        equal++;
      }
    }
    return (double) equal / a.length;
  }
}
