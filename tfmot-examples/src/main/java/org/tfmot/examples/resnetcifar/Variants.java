package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Makes, converts and measures variants of one float model and writes it into a report. */
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
  private final Map<Variant, TfLiteModel> files = new EnumMap<>(Variant.class);
  private final Map<Variant, Optimized> optimized = new EnumMap<>(Variant.class);

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

  /** Answers with what is wrong with the results, if anything is. */
  Optional<String> run() {
    List<String> problems = new ArrayList<>();
    for (Variant variant : plan.variants()) {
      make(variant);
      problems.addAll(Invariants.broken(variant, files));
    }
    console.begin("latency", "all files in turn");
    measurement.results().forEach(report::variant);
    if (problems.isEmpty()) {
      console.print("zeros of pruning and values of clusters are in the files as they have to be");
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", problems));
  }

  private void make(Variant variant) {
    switch (variant.how()) {
      case NONE -> floatModel();
      case DYNAMIC_RANGE -> dynamicRange();
      case FLOAT16 -> float16();
      case POST_TRAINING -> postTraining(variant);
      case QUANTIZED, PRUNED, CLUSTERED -> trained(variant);
    }
  }

  private void floatModel() {
    console.begin("float", "the float model as it is");
    add(Variant.FLOAT, TfLiteConverter.of(model).convert(), null, "the float model");
  }

  private void dynamicRange() {
    console.begin("ptq-dynamic", "int8 weights, no training");
    add(
        Variant.PTQ_DYNAMIC,
        TfLiteConverter.of(model).dynamicRange().convert(),
        null,
        "post-training, no data");
  }

  private void postTraining(Variant variant) {
    String calibration =
        String.format(Locale.ROOT, "calibrated on %,d training images", CALIBRATION_IMAGES);
    console.begin(variant.toString(), calibration);
    try (CalibrationImages samples =
        new CalibrationImages(data.train().subset(0, CALIBRATION_IMAGES))) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(variant.activationBits())
              .build()
              .calibrate(model, samples);
      integer(
          variant,
          calibrated.model(),
          List.of(calibrated.report()),
          "post-training, " + calibration);
    }
  }

  private void float16() {
    console.begin("ptq-float16", "float16 weights, no training");
    add(
        Variant.PTQ_FLOAT16,
        TfLiteConverter.of(model).float16().convert(),
        null,
        "post-training, no data");
  }

  private void trained(Variant variant) {
    Recipe recipe = plan.recipes().of(variant);
    console.begin(variant.toString(), recipe.toString());
    Variant base = variant.base();
    Optimized start =
        base == null ? Optimized.of(model) : Objects.requireNonNull(optimized.get(base));
    Tuned tuned =
        fineTuning.train(
            variant.toString(),
            VariantModels.apply(variant, start, recipe),
            recipe,
            VariantModels.settings(variant, recipe));
    report.curve(tuned.curve());
    optimized.put(variant, tuned.optimized());
    GraphModel stripped = tuned.optimized().strip();
    String how = base == null ? recipe.toString() : base + ", then " + recipe;
    if (variant.how() == Variant.How.QUANTIZED) {
      integer(variant, stripped, tuned.optimized().reports(), how);
    } else {
      add(variant, TfLiteConverter.of(stripped).convert(), null, how);
    }
  }

  private void integer(
      Variant variant, GraphModel simulated, List<OptimizationReport> reports, String recipe) {
    for (OptimizationReport technique : reports) {
      technique
          .skipped()
          .forEach(
              e ->
                  report.skipped(
                      new SkippedOp(variant.toString(), e.operation(), e.type(), e.detail())));
    }
    add(variant, VariantModels.integer(variant, simulated, reports), simulated, recipe);
  }

  private void add(
      Variant variant, TfLiteModel file, @Nullable GraphModel simulated, String recipe) {
    files.put(variant, file);
    measurement.add(variant.toString(), file, simulated, recipe);
    layers.summaries(variant.toString(), file).forEach(report::layer);
  }
}
