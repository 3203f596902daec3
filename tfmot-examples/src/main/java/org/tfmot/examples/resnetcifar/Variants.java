package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.examples.report.ComparisonReport;
import org.tfmot.examples.report.SkippedOp;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Makes, converts and measures every variant of one float model and writes it into a report. */
final class Variants {

  private static final int CALIBRATION_IMAGES = 1000;
  private static final int PRUNING_FREQUENCY = 25;

  private final Plan plan;
  private final GraphModel model;
  private final Cifar10 data;
  private final FineTuning fineTuning;
  private final Measurement measurement;
  private final ComparisonReport.Builder report;
  private final Console console;

  Variants(
      Plan plan,
      GraphModel model,
      Cifar10 data,
      FineTuning fineTuning,
      Path folder,
      ComparisonReport.Builder report,
      Console console) {
    this.plan = plan;
    this.model = model;
    this.data = data;
    this.fineTuning = fineTuning;
    this.measurement =
        new Measurement(data.test().subset(0, plan.testImages()), plan.latencyRuns(), folder);
    this.report = report;
    this.console = console;
  }

  /** The pruned model, to train on, and its file. */
  private record Pruned(Optimized model, TfLiteModel file) {}

  void run() {
    floatModel();
    dynamicRange();
    postTraining();
    quantizationAware();
    prunedQuantizationAware(pruned());
  }

  private void floatModel() {
    console.begin("float", "the shipped model as it is");
    GraphModel inference = model.toInference();
    report.variant(
        measurement.measure(
            "float", TfLiteConverter.of(inference).convert(), null, "the shipped checkpoint"));
    Layers.summaries("float", inference).forEach(report::layer);
  }

  private void dynamicRange() {
    console.begin("ptq-dynamic", "int8 weights, no training");
    report.variant(
        measurement.measure(
            "ptq-dynamic",
            TfLiteConverter.of(model).dynamicRange().convert(),
            null,
            "post-training, no data"));
  }

  private void postTraining() {
    console.begin("ptq-int8", "calibrated on " + CALIBRATION_IMAGES + " training images");
    try (CalibrationImages samples =
        new CalibrationImages(data.train().subset(0, CALIBRATION_IMAGES))) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, samples);
      integer(
          "ptq-int8",
          calibrated.model(),
          List.of(calibrated.report()),
          "post-training, calibrated on %,d training images".formatted(CALIBRATION_IMAGES));
    }
  }

  private void quantizationAware() {
    console.begin("qat-int8", plan.quantizationAware().toString());
    Tuned tuned =
        fineTuning.train(
            "qat-int8", QuantizationAwareTraining.create().apply(model), plan.quantizationAware());
    report.curve(tuned.curve());
    integer(
        "qat-int8",
        tuned.optimized().strip(),
        tuned.optimized().reports(),
        plan.quantizationAware().toString());
  }

  private Pruned pruned() {
    console.begin("pruned-75", plan.pruning().toString());
    long end = Math.round(plan.pruning().steps() * Plan.PRUNING_SHARE);
    Pruning pruning =
        Pruning.builder()
            .schedule(
                PolynomialDecay.builder()
                    .to(Plan.SPARSITY)
                    .steps(0, end)
                    .frequency(PRUNING_FREQUENCY)
                    .build())
            .build();
    Tuned tuned = fineTuning.train("pruned-75", pruning.apply(model), plan.pruning());
    report.curve(tuned.curve());
    GraphModel stripped = tuned.optimized().strip();
    TfLiteModel file = TfLiteConverter.of(stripped).convert();
    report.variant(measurement.measure("pruned-75", file, null, plan.pruning().toString()));
    Layers.summaries("pruned-75", stripped).forEach(report::layer);
    return new Pruned(tuned.optimized(), file);
  }

  private void prunedQuantizationAware(Pruned pruned) {
    console.begin("pruned-75-qat-int8", plan.prunedQuantizationAware().toString());
    Tuned tuned =
        fineTuning.train(
            "pruned-75-qat-int8",
            QuantizationAwareTraining.create().apply(pruned.model()),
            plan.prunedQuantizationAware());
    report.curve(tuned.curve());
    TfLiteModel file =
        integer(
            "pruned-75-qat-int8",
            tuned.optimized().strip(),
            tuned.optimized().reports(),
            "pruned-75, then " + plan.prunedQuantizationAware());
    long lost = LostZeros.count(pruned.file(), file);
    if (lost > 0) {
      throw new IllegalStateException(
          "%,d weights of pruned-75.tflite are zero and not in pruned-75-qat-int8.tflite"
              .formatted(lost));
    }
    console.print("  every weight that is zero in pruned-75.tflite is zero in this file too");
  }

  private TfLiteModel integer(
      String variant, GraphModel simulated, List<OptimizationReport> reports, String recipe) {
    Set<String> skipped = new TreeSet<>();
    for (OptimizationReport technique : reports) {
      technique
          .skipped()
          .forEach(
              e -> {
                skipped.add(e.operation());
                report.skipped(new SkippedOp(variant, e.operation(), e.type(), e.detail()));
              });
    }
    TfLiteModel file = TfLiteConverter.of(simulated).int8().allowFloat(skipped).convert();
    report.variant(measurement.measure(variant, file, simulated, recipe));
    Layers.summaries(variant, simulated).forEach(report::layer);
    return file;
  }
}
