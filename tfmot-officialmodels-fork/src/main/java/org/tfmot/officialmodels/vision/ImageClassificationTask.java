package org.tfmot.officialmodels.vision;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongFunction;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.officialmodels.core.BatchSource;
import org.tfmot.officialmodels.core.Metrics;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.data.LabeledImages;

/** Classifies images: softmax cross-entropy, evaluated by top-1 accuracy on held-out images. */
@API(status = API.Status.EXPERIMENTAL)
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
   */
  public ImageClassificationTask(
      LongFunction<GraphModel> modelFactory,
      LabeledImages train,
      LabeledImages validation,
      int classes,
      int batchSize,
      int padding) {
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
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("accuracy", Accuracy.top1(model, validation));
    return new Metrics(values);
  }
}
