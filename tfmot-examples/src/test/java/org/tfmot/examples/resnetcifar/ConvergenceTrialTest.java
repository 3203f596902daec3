package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
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

  @Test
  void modelOnTheWay_isReportedUnderItsPrefix() {
    ConvergenceTrial trial = trial();
    trial.reportFile("pruned_", TfLiteConverter.of(trial.model()).convert());
    assertEquals(0, reports.get("pruned_top1_change"));
    assertFalse(reports.containsKey("top1_change"), reports.toString());
  }

  @Test
  void lostZerosAndPattern_areThoseOfTheFiles() {
    ConvergenceTrial trial = trial();
    TfLiteModel dense = TfLiteConverter.of(trial.model()).convert();
    TfLiteModel sparse = TfLiteConverter.of(halfPruned(trial.model())).convert();
    trial.reportLostZeros(sparse, sparse);
    assertEquals(0, reports.get("lost_zeros"));
    trial.reportLostZeros(sparse, dense);
    assertTrue(reports.get("lost_zeros") > 1000, reports.toString());
    trial.reportPattern(sparse);
    assertEquals(1, reports.get("pattern_fraction"));
    trial.reportPattern(dense);
    assertEquals(0, reports.get("pattern_fraction"));
  }

  private static GraphModel halfPruned(GraphModel model) {
    return Pruning.builder()
        .pattern(SparsityPattern.mByN(2, 4))
        .select(LayerSelector.layers().except(Plan.DENSE_LAYERS.toArray(String[]::new)))
        .oneShot(0.5)
        .apply(model)
        .strip();
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
