package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

class ConvergenceTrialTest {

  private static final Recipe RECIPE = new Recipe(10, 0.01);

  @TempDir Path folder;

  private final Map<String, Double> reports = new HashMap<>();

  @Test
  void unchangedModel_isReportedAsUnchanged() {
    ConvergenceTrial trial = trial();
    trial.reportFile(TfLiteConverter.of(trial.model()).convert());
    assertEquals(0, reports.get("top1_change"));
    assertEquals(1, reports.get("tflite_ratio"));
    assertEquals(1, reports.get("gzip_ratio"));
    assertEquals(0, reports.get("zero_fraction"));
  }

  @Test
  void quantizedModel_isReportedWithItsSizeAndAgreement() {
    ConvergenceTrial trial = trial();
    Tuned tuned =
        trial.tune("qat", QuantizationAwareTraining.create().apply(trial.model()), RECIPE, "");
    GraphModel simulated = tuned.optimized().strip();
    TfLiteModel file = VariantModels.integer(simulated, tuned.optimized().reports());
    trial.reportFile(file);
    trial.reportAgreement(file, simulated);
    assertTrue(reports.get("tflite_ratio") < 0.5, reports.toString());
    assertTrue(reports.get("agreement") >= 0.8, reports.toString());
    assertTrue(reports.containsKey("loss") && reports.containsKey("validation_top1"));
  }

  @Test
  void prunedModel_isReportedWithItsZeros() {
    ConvergenceTrial trial = trial();
    Tuned tuned =
        trial.tune(
            "pruned",
            VariantModels.apply(Variant.PRUNED_75, Optimized.of(trial.model()), RECIPE),
            RECIPE,
            VariantModels.settings(Variant.PRUNED_75, RECIPE));
    trial.reportFile(TfLiteConverter.of(tuned.optimized().strip()).convert());
    assertEquals(0.75, reports.get("zero_fraction"), 0.01);
    assertTrue(reports.get("gzip_ratio") < 0.5, reports.toString());
  }

  private ConvergenceTrial trial() {
    ConvergenceRun run =
        new ConvergenceRun() {
          @Override
          public long seed() {
            return 3;
          }

          @Override
          public Path folder() {
            return folder;
          }

          @Override
          public void report(String metric, long step, double value) {
            reports.put(metric, value);
          }
        };
    return new ConvergenceTrial(
        run, TinyResNet.model(), TinyResNet.task(), TinyResNet.images(20), TinyResNet.images(20));
  }
}
