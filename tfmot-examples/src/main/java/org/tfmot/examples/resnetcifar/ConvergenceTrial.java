package org.tfmot.examples.resnetcifar;

import com.google.common.base.Suppliers;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.examples.resnetcifar.FineTuning.Tuned;
import org.tfmot.gate.run.ConvergenceRun;
import org.tfmot.gate.run.MissingDataException;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.vision.Accuracy;
import org.tfmot.officialmodels.vision.PretrainedModels;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * One run of a convergence test: a float model that a technique is tried on, and what becomes of it
 * compared with what it was.
 */
final class ConvergenceTrial {

  private static final int VALIDATION_IMAGES = 500;
  private static final int THREADS = 2;

  private final ConvergenceRun run;
  private final GraphModel model;
  private final LabeledImages trainingImages;
  private final LabeledImages testImages;
  private final FineTuning fineTuning;
  private final Supplier<TfLiteModel> original;
  private final Supplier<Double> originalTop1;
  private long steps;

  ConvergenceTrial(
      ConvergenceRun run,
      GraphModel model,
      Task task,
      LabeledImages trainingImages,
      LabeledImages testImages) {
    this.run = run;
    this.model = model;
    this.trainingImages = trainingImages;
    this.testImages = testImages;
    this.original = Suppliers.memoize(() -> TfLiteConverter.of(model).convert());
    this.originalTop1 = Suppliers.memoize(() -> top1(original.get()));
    this.fineTuning = new FineTuning(task, run.folder(), run.seed(), new Console(System.out));
  }

  /**
   * A trial on the shipped ResNet-20 and all test images.
   *
   * @throws MissingDataException if CIFAR-10 cannot be had
   */
  static ConvergenceTrial onCifar10(ConvergenceRun run) {
    ResNetTask resNet;
    try {
      resNet = ResNetTask.load(VALIDATION_IMAGES);
    } catch (UncheckedIOException e) {
      throw new MissingDataException(String.valueOf(e.getMessage()), e);
    }
    return new ConvergenceTrial(
        run,
        PretrainedModels.resnet20Cifar10(),
        resNet.task(),
        resNet.data().train(),
        resNet.data().test());
  }

  GraphModel model() {
    return model;
  }

  /** Some training images; which, the seed decides. */
  LabeledImages calibrationImages(int count) {
    int parts = trainingImages.size() / count;
    int begin = (int) (run.seed() % parts) * count;
    return trainingImages.subset(begin, begin + count);
  }

  /**
   * Fine-tunes; reports {@code loss} and {@code validation_top1}. The steps of a second fine-tuning
   * follow those of the first.
   */
  Tuned tune(String variant, Optimized optimized, Recipe recipe, String settings) {
    Tuned tuned = fineTuning.train(variant, optimized, recipe, settings);
    long before = steps;
    tuned.curve().loss().forEach(p -> run.report("loss", before + p.step(), p.value()));
    tuned.curve().top1().forEach(p -> run.report("validation_top1", before + p.step(), p.value()));
    steps = before + recipe.totalSteps();
    return tuned;
  }

  /**
   * Compares a file with that of the float model. Reports {@code top1} and {@code top1_change} on
   * the test images, both in [0,1] and so 0.01 for a point; {@code tflite_ratio} and {@code
   * gzip_ratio}, sizes over the float file's; {@code zero_fraction} of the weights; {@code
   * channel_values}, the most different weights that an output channel has.
   */
  void reportFile(TfLiteModel file) {
    reportFile("", file);
  }

  /**
   * The same for a file on the way to the last one.
   *
   * @param prefix stands before the names of the metrics
   */
  void reportFile(String prefix, TfLiteModel file) {
    double top1 = top1(file);
    run.report(prefix + "top1", steps, top1);
    run.report(prefix + "top1_change", steps, top1 - originalTop1.get());
    run.report(prefix + "tflite_ratio", steps, (double) file.size() / original.get().size());
    run.report(prefix + "gzip_ratio", steps, (double) file.gzipSize() / original.get().gzipSize());
    run.report(prefix + "zero_fraction", steps, file.zeroFraction());
    run.report(prefix + "channel_values", steps, Invariants.mostValues(file));
  }

  /** Reports {@code lost_zeros}: how many weights are zero in the one file and not in the other. */
  void reportLostZeros(TfLiteModel before, TfLiteModel after) {
    run.report("lost_zeros", steps, LostZeros.count(before, after));
  }

  /** Reports {@code pattern_fraction}: the share of the weights in kernels that are 2:4 sparse. */
  void reportPattern(TfLiteModel file) {
    run.report("pattern_fraction", steps, Invariants.patternFraction(file));
  }

  /** Reports {@code agreement}: the share of test images that file and graph classify alike. */
  void reportAgreement(TfLiteModel file, GraphModel simulated) {
    run.report(
        "agreement",
        steps,
        Measurement.agreement(
            predictions(file), Accuracy.predictions(simulated, testImages, (done, total) -> {})));
  }

  private double top1(TfLiteModel file) {
    return Accuracy.top1(predictions(file), testImages);
  }

  private int[] predictions(TfLiteModel file) {
    return TfLiteClassifier.predictions(file, testImages, THREADS, (done, total) -> {});
  }
}
