package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.examples.report.ComparisonReport;
import org.tfmot.examples.report.SkippedOp;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Makes, converts and measures every variant of one float model and writes it into a report. */
final class Variants {

  private static final int CALIBRATION_IMAGES = 1000;

  private final Plan plan;
  private final GraphModel model;
  private final Cifar10 data;
  private final FineTuning fineTuning;
  private final Measurement measurement;
  private final Layers layers;
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
    this.layers = new Layers(model);
    this.report = report;
    this.console = console;
  }

  /** The pruned model, to train on, and its file. */
  private record Pruned(Optimized model, TfLiteModel file) {}

  /** Answers with what is wrong with the results, if anything is. */
  Optional<String> run() {
    floatModel();
    dynamicRange();
    postTraining();
    quantizationAware();
    Pruned pruned = pruned();
    long lost = LostZeros.count(pruned.file(), prunedQuantizationAware(pruned));
    console.begin("latency", "all files in turn");
    measurement.results().forEach(report::variant);
    if (lost > 0) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%,d weights of pruned-75.tflite are zero and not in pruned-75-qat-int8.tflite",
              lost));
    }
    console.print("every weight that is zero in pruned-75.tflite is zero after quantization too");
    return Optional.empty();
  }

  private void floatModel() {
    console.begin("float", "the float model as it is");
    add("float", TfLiteConverter.of(model).convert(), null, "the float model");
  }

  private void dynamicRange() {
    console.begin("ptq-dynamic", "int8 weights, no training");
    add(
        "ptq-dynamic",
        TfLiteConverter.of(model).dynamicRange().convert(),
        null,
        "post-training, no data");
  }

  private void postTraining() {
    String calibration =
        String.format(Locale.ROOT, "calibrated on %,d training images", CALIBRATION_IMAGES);
    console.begin("ptq-int8", calibration);
    try (CalibrationImages samples =
        new CalibrationImages(data.train().subset(0, CALIBRATION_IMAGES))) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, samples);
      integer(
          "ptq-int8",
          calibrated.model(),
          List.of(calibrated.report()),
          "post-training, " + calibration);
    }
  }

  private void quantizationAware() {
    console.begin("qat-int8", plan.quantizationAware().toString());
    Tuned tuned =
        fineTuning.train(
            "qat-int8",
            QuantizationAwareTraining.create().apply(model),
            plan.quantizationAware(),
            "");
    report.curve(tuned.curve());
    integer(
        "qat-int8",
        tuned.optimized().strip(),
        tuned.optimized().reports(),
        plan.quantizationAware().toString());
  }

  private Pruned pruned() {
    console.begin("pruned-75", plan.pruning().toString());
    Tuned tuned =
        fineTuning.train(
            "pruned-75",
            VariantModels.pruned(model, plan.pruning()),
            plan.pruning(),
            VariantModels.pruningSettings(plan.pruning()));
    report.curve(tuned.curve());
    TfLiteModel file = TfLiteConverter.of(tuned.optimized().strip()).convert();
    add("pruned-75", file, null, plan.pruning().toString());
    return new Pruned(tuned.optimized(), file);
  }

  private TfLiteModel prunedQuantizationAware(Pruned pruned) {
    console.begin("pruned-75-qat-int8", plan.prunedQuantizationAware().toString());
    Tuned tuned =
        fineTuning.train(
            "pruned-75-qat-int8",
            QuantizationAwareTraining.create().apply(pruned.model()),
            plan.prunedQuantizationAware(),
            "");
    report.curve(tuned.curve());
    return integer(
        "pruned-75-qat-int8",
        tuned.optimized().strip(),
        tuned.optimized().reports(),
        "pruned-75, then " + plan.prunedQuantizationAware());
  }

  private TfLiteModel integer(
      String variant, GraphModel simulated, List<OptimizationReport> reports, String recipe) {
    for (OptimizationReport technique : reports) {
      technique
          .skipped()
          .forEach(
              e -> report.skipped(new SkippedOp(variant, e.operation(), e.type(), e.detail())));
    }
    TfLiteModel file = VariantModels.integer(simulated, reports);
    add(variant, file, simulated, recipe);
    return file;
  }

  private void add(
      String variant, TfLiteModel file, @Nullable GraphModel simulated, String recipe) {
    measurement.add(variant, file, simulated, recipe);
    layers.summaries(variant, file).forEach(report::layer);
  }
}
