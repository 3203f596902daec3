package org.tfmot.examples.resnetcifar;

import org.tfmot.api.GraphModel;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.gate.run.ConvergenceTest;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * The convergence tests of the techniques on ResNet-20 and CIFAR-10. Each fine-tunes the shipped
 * float model for a few minutes, with recipes far shorter than those of {@link Plan#full()}.
 */
final class ResNetConvergence {

  private static final Recipe QUANTIZATION_AWARE = new Recipe(351, 0.005);
  private static final Recipe PRUNING = new Recipe(702, 0.02);

  @ConvergenceTest(
      claims = {
        "quantization-aware-training/resnet20-cifar10/top1-change",
        "quantization-aware-training/resnet20-cifar10/tflite-ratio",
        "quantization-aware-training/resnet20-cifar10/agreement"
      })
  void quantizationAwareTraining(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Tuned tuned =
        trial.tune(
            "qat-int8",
            QuantizationAwareTraining.create().apply(trial.model()),
            QUANTIZATION_AWARE,
            "");
    GraphModel simulated = tuned.optimized().strip();
    TfLiteModel file = VariantModels.integer(simulated, tuned.optimized().reports());
    trial.reportFile(file);
    trial.reportAgreement(file, simulated);
  }

  @ConvergenceTest(
      claims = {
        "pruning/resnet20-cifar10/top1-change",
        "pruning/resnet20-cifar10/zero-fraction",
        "pruning/resnet20-cifar10/gzip-ratio"
      })
  void pruning(ConvergenceRun run) {
    ConvergenceTrial trial = ConvergenceTrial.onCifar10(run);
    Tuned tuned =
        trial.tune(
            "pruned-75",
            VariantModels.pruned(trial.model(), PRUNING),
            PRUNING,
            VariantModels.pruningSettings(PRUNING));
    trial.reportFile(TfLiteConverter.of(tuned.optimized().strip()).convert());
  }
}
