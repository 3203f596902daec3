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
 * float model for at most four minutes, but for the pruning to one half, which takes 8 minutes in a
 * pattern and 12 without. Where techniques go on top of each other, one run proves what holds on
 * the way as well.
 */
final class ResNetConvergence {

  private static final Recipes RECIPES = Recipes.STANDARD;

  /** Before clusters: these train on. */
  private static final Recipe SHORT_PRUNING = new Recipe(300, 0.01);

  private static final Recipe HALF_PRUNING = Recipes.FULL.of(Variant.PRUNED_50);

  private static final Recipe PATTERN_PRUNING = new Recipe(702, 0.03, 2, 702);

  private static final int CALIBRATION_IMAGES = 500;

  @ConvergenceTest(
      claims = {
        "quantization-aware-training/resnet20-cifar10/top1-change",
        "quantization-aware-training/resnet20-cifar10/tflite-ratio",
        "quantization-aware-training/resnet20-cifar10/agreement"
      })
  void quantizationAwareTraining(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    quantized(trial, Variant.QAT_INT8, start(trial));
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

  @ConvergenceTest(
      claims = {
        "pruning/resnet20-cifar10/top1-change",
        "pruning/resnet20-cifar10/zero-fraction",
        "pruning/resnet20-cifar10/gzip-ratio"
      })
  void pruning(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    trial.reportFile(file(tuned(trial, Variant.PRUNED_75, start(trial))));
  }

  @ConvergenceTest(
      claims = {
        "weight-clustering/resnet20-cifar10-16/top1-change",
        "weight-clustering/resnet20-cifar10-16/channel-values",
        "weight-clustering/resnet20-cifar10-16/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-cqat/top1-change",
        "collaborative-optimization/resnet20-cifar10-cqat/channel-values",
        "collaborative-optimization/resnet20-cifar10-cqat/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-cqat/agreement"
      })
  void clusteredThenQuantized(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized clustered = tuned(trial, Variant.CLUSTERED_16, start(trial));
    trial.reportFile("clustered_", file(clustered));
    quantized(trial, Variant.CLUSTERED_16_QAT_INT8, clustered);
  }

  @ConvergenceTest(
      claims = {
        "pruning/resnet20-cifar10-50/top1-change",
        "pruning/resnet20-cifar10-50/zero-fraction",
        "pruning/resnet20-cifar10-50/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-pqat/top1-change",
        "collaborative-optimization/resnet20-cifar10-pqat/lost-zeros",
        "collaborative-optimization/resnet20-cifar10-pqat/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-pqat/agreement"
      })
  void prunedThenQuantized(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized pruned = tuned(trial, Variant.PRUNED_50, start(trial), HALF_PRUNING);
    TfLiteModel sparse = file(pruned);
    trial.reportFile("pruned_", sparse);
    trial.reportLostZeros(sparse, quantized(trial, Variant.PRUNED_50_QAT_INT8, pruned));
  }

  @ConvergenceTest(
      claims = {
        "pruning/resnet20-cifar10-2-in-4/top1-change",
        "pruning/resnet20-cifar10-2-in-4/pattern-fraction",
        "pruning/resnet20-cifar10-2-in-4/gzip-ratio"
      })
  void pruning2In4(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    TfLiteModel file = file(tuned(trial, Variant.PRUNED_2_BY_4, start(trial), PATTERN_PRUNING));
    trial.reportFile(file);
    trial.reportPattern(file);
  }

  @ConvergenceTest(
      claims = {
        "weight-clustering/resnet20-cifar10-32/top1-change",
        "weight-clustering/resnet20-cifar10-32/channel-values",
        "weight-clustering/resnet20-cifar10-32/gzip-ratio"
      })
  void clustering32(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    trial.reportFile(file(tuned(trial, Variant.CLUSTERED_32, start(trial))));
  }

  @ConvergenceTest(
      claims = {
        "collaborative-optimization/resnet20-cifar10-spc/top1-change",
        "collaborative-optimization/resnet20-cifar10-spc/zero-fraction",
        "collaborative-optimization/resnet20-cifar10-spc/channel-values",
        "collaborative-optimization/resnet20-cifar10-spc/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-pcqat/top1-change",
        "collaborative-optimization/resnet20-cifar10-pcqat/lost-zeros",
        "collaborative-optimization/resnet20-cifar10-pcqat/channel-values",
        "collaborative-optimization/resnet20-cifar10-pcqat/gzip-ratio",
        "collaborative-optimization/resnet20-cifar10-pcqat/agreement"
      })
  void prunedAndClusteredThenQuantized(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Optimized pruned = tuned(trial, Variant.PRUNED_50, start(trial), SHORT_PRUNING);
    Optimized clustered = tuned(trial, Variant.PRUNED_50_CLUSTERED_16, pruned);
    trial.reportFile("clustered_", file(clustered));
    trial.reportLostZeros(
        file(pruned), quantized(trial, Variant.PRUNED_50_CLUSTERED_16_QAT_INT8, clustered));
  }

  private static Optimized start(ConvergenceTrial trial) {
    return Optimized.of(trial.model());
  }

  private static TfLiteModel file(Optimized tuned) {
    return TfLiteConverter.of(tuned.strip()).convert();
  }

  private static Optimized tuned(ConvergenceTrial trial, Variant variant, Optimized base) {
    return tuned(trial, variant, base, RECIPES.of(variant));
  }

  /** Applies the last step of a variant and fine-tunes. */
  private static Optimized tuned(
      ConvergenceTrial trial, Variant variant, Optimized base, Recipe recipe) {
    return trial
        .tune(
            variant.toString(),
            VariantModels.apply(variant, base, recipe),
            recipe,
            VariantModels.settings(variant, recipe))
        .optimized();
  }

  /** Fine-tunes with quantization and reports the integer file. */
  private static TfLiteModel quantized(ConvergenceTrial trial, Variant variant, Optimized base) {
    Optimized tuned = tuned(trial, variant, base);
    return reportInteger(trial, tuned.strip(), tuned.reports());
  }

  private static TfLiteModel reportInteger(
      ConvergenceTrial trial, GraphModel simulated, List<OptimizationReport> reports) {
    TfLiteModel file = VariantModels.integer(simulated, reports);
    trial.reportFile(file);
    trial.reportAgreement(file, simulated);
    return file;
  }
}
