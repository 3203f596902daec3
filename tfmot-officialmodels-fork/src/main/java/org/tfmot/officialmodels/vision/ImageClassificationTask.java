package org.tfmot.officialmodels.vision;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Map;
import java.util.function.LongFunction;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.officialmodels.core.BatchSource;
import org.tfmot.officialmodels.core.Metrics;
import org.tfmot.officialmodels.core.Progress;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.data.LabeledImages;

/** Classifies images: softmax cross-entropy, evaluated by top-1 accuracy on held-out images. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ImageClassificationTask implements Task {

  static final String LABEL = "label";

  private final LongFunction<GraphModel> modelFactory;
  private final LabeledImages train;
  private final LabeledImages validation;
  private final int classes;
  private final int batchSize;
  private final int padding;

  /**
   * Describes the task.
   *
   * @param modelFactory makes a model in training mode from a seed
   * @param classes the number of classes
   * @param batchSize images in a training batch
   * @param padding how many pixels the random crop may shift an image
   * @throws IllegalArgumentException if there are no images, their sizes differ, a label is not
   *     below {@code classes}, or a number is out of range; the message names it
   */
  public ImageClassificationTask(
      LongFunction<GraphModel> modelFactory,
      LabeledImages train,
      LabeledImages validation,
      int classes,
      int batchSize,
      int padding) {
    checkArgument(classes > 0, "the number of classes must be positive, not %s", classes);
    checkArgument(padding >= 0, "the padding of the crop must not be negative: %s", padding);
    check("training", train, classes);
    check("validation", validation, classes);
    checkArgument(
        imageShape(train).isCompatibleWith(imageShape(validation)),
        "the training images are of shape %s, the validation images of %s",
        imageShape(train),
        imageShape(validation));
    checkArgument(
        batchSize > 0 && batchSize <= train.size(),
        "the batch size must be between 1 and the %s training images, not %s",
        train.size(),
        batchSize);
    this.modelFactory = modelFactory;
    this.train = train;
    this.validation = validation;
    this.classes = classes;
    this.batchSize = batchSize;
    this.padding = padding;
  }

  @Override
  public GraphModel buildModel(long seed) {
    return modelFactory.apply(seed);
  }

  @Override
  @SuppressWarnings("unchecked") // Logits are floats by the contract of the models here.
  public Operand<TFloat32> buildLoss(Ops tf, LiveModel model) {
    checkShape("input", CifarResNet.IMAGE, model.input(CifarResNet.IMAGE), imageShape(train));
    checkShape(
        "output", CifarResNet.LOGITS, model.output(CifarResNet.LOGITS), Shape.of(-1, classes));
    Operand<TFloat32> label =
        tf.withName(LABEL).placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, classes)));
    Operand<TFloat32> logits = (Operand<TFloat32>) model.output(CifarResNet.LOGITS);
    return tf.withName("loss")
        .math
        .mean(tf.nn.softmaxCrossEntropyWithLogits(logits, label).loss(), tf.array(0));
  }

  @Override
  public BatchSource trainingData(long seed) {
    return new ImageBatches(train, classes, batchSize, new Augmentation(padding), seed);
  }

  @Override
  public Metrics evaluate(GraphModel model) {
    return evaluate(model, Progress.NONE);
  }

  @Override
  public Metrics evaluate(GraphModel model, Progress progress) {
    int[] predictions = Accuracy.predictions(model, validation, progress);
    return new Metrics(Map.of("accuracy", Accuracy.top1(predictions, validation)));
  }

  private static void check(String role, LabeledImages images, int classes) {
    checkArgument(images.size() > 0, "there are no %s images", role);
    for (int i = 0; i < images.size(); i++) {
      checkArgument(
          images.label(i) < classes,
          "%s image %s has the label %s, but there are only %s classes",
          role,
          i,
          images.label(i),
          classes);
    }
  }

  private static Shape imageShape(LabeledImages images) {
    return Shape.of(-1, images.height(), images.width(), images.channels());
  }

  private static void checkShape(String role, String name, Output<?> tensor, Shape expected) {
    checkArgument(
        tensor.shape().isCompatibleWith(expected),
        "the model's %s \"%s\" is of shape %s, the data need %s",
        role,
        name,
        tensor.shape(),
        expected);
  }
}
