package org.tfmot.examples.resnetcifar;

import java.util.List;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.gate.run.ConvergenceTest;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * The convergence tests of the techniques on ResNet-20 and CIFAR-10. Each fine-tunes the shipped
 * float model for a few minutes, with recipes far shorter than those of {@link Plan#full()}.
 */
final class ResNetConvergence {

  private static final Recipe QUANTIZATION_AWARE = new Recipe(351, 0.005);
  private static final Recipe PRUNING = new Recipe(702, 0.02);
  private static final Recipe CLUSTERING = new Recipe(351, 0.005);
  private static final int CALIBRATION_IMAGES = 500;

  @ConvergenceTest(
      claims = {
        "quantization-aware-training/resnet20-cifar10/top1-change",
        "quantization-aware-training/resnet20-cifar10/tflite-ratio",
        "quantization-aware-training/resnet20-cifar10/agreement"
      })
  void quantizationAwareTraining(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized tuned = tuned(trial, Variant.QAT_INT8, QUANTIZATION_AWARE);
    reportInteger(trial, tuned.strip(), tuned.reports());
  }

  @ConvergenceTest(
      claims = {
        "pruning/resnet20-cifar10/top1-change",
        "pruning/resnet20-cifar10/zero-fraction",
        "pruning/resnet20-cifar10/gzip-ratio"
      })
  void pruning(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized tuned = tuned(trial, Variant.PRUNED_75, PRUNING);
    trial.reportFile(TfLiteConverter.of(tuned.strip()).convert());
  }

  @ConvergenceTest(
      claims = {
        "weight-clustering/resnet20-cifar10-16/top1-change",
        "weight-clustering/resnet20-cifar10-16/channel-values",
        "weight-clustering/resnet20-cifar10-16/gzip-ratio"
      })
  void clustering16(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized tuned = tuned(trial, Variant.CLUSTERED_16, CLUSTERING);
    trial.reportFile(TfLiteConverter.of(tuned.strip()).convert());
  }

  @ConvergenceTest(
      claims = {
        "post-training-quantization/resnet20-cifar10/top1-change",
        "post-training-quantization/resnet20-cifar10/tflite-ratio",
        "post-training-quantization/resnet20-cifar10/agreement"
      })
  void postTrainingQuantization(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    try (CalibrationImages samples =
        new CalibrationImages(trial.calibrationImages(CALIBRATION_IMAGES))) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(trial.model(), samples);
      reportInteger(trial, calibrated.model(), List.of(calibrated.report()));
    }
  }

  private static Optimized tuned(ConvergenceTrial trial, Variant variant, Recipe recipe) {
    return trial
        .tune(
            variant.toString(),
            VariantModels.apply(variant, Optimized.of(trial.model()), recipe),
            recipe,
            VariantModels.settings(variant, recipe))
        .optimized();
  }

  private static void reportInteger(
      ConvergenceTrial trial, GraphModel simulated, List<OptimizationReport> reports) {
    TfLiteModel file = VariantModels.integer(simulated, reports);
    trial.reportFile(file);
    trial.reportAgreement(file, simulated);
  }
}
