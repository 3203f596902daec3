package org.tfmot.officialmodels.core;

import java.util.Map;
import java.util.SplittableRandom;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.officialmodels.modeling.Layers;
import org.tfmot.officialmodels.modeling.Scopes;

/** Three classes of noisy 4x4 images, and a convolution with batch norm that learns them. */
class TinyTask implements Task {

  static final int CLASSES = 3;
  static final int BATCH = 8;
  private static final int PIXELS = 4 * 4 * 2;

  private final int filters;

  TinyTask() {
    this(4);
  }

  TinyTask(int filters) {
    this.filters = filters;
  }

  @Override
  public GraphModel buildModel(long seed) {
    return GraphModel.build(
        tf -> {
          Layers layers = new Layers(tf, new Scopes(tf), seed, 0.9f, 1e-5f);
          Placeholder<TFloat32> image =
              tf.withName("image")
                  .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
          Operand<TFloat32> x = layers.conv2d("conv", image, filters, 3, 1);
          x = tf.nn.relu(layers.batchNorm("conv/batch_norm", x));
          x = layers.globalAveragePool("pool", x);
          Endpoints.Builder endpoints =
              Endpoints.builder()
                  .input("image", image)
                  .output("logits", layers.dense("logits", x, CLASSES))
                  .training(true);
          layers.updates().forEach(endpoints::update);
          return endpoints.build();
        });
  }

  @Override
  @SuppressWarnings("unchecked")
  public Operand<TFloat32> buildLoss(Ops tf, LiveModel model) {
    Operand<TFloat32> label =
        tf.withName("label").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, CLASSES)));
    Operand<TFloat32> logits = (Operand<TFloat32>) model.output("logits");
    return tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, label).loss(), tf.array(0));
  }

  @Override
  public BatchSource trainingData(long seed) {
    return step -> batch(seed * 1_000_003 + step);
  }

  @Override
  public Metrics evaluate(GraphModel model) {
    int correct = 0;
    try (LiveModel live = model.open()) {
      for (int i = 0; i < 8; i++) {
        try (Batch batch = batch(-1 - i);
            Result result = live.run(Map.of("image", batch.tensor("image")))) {
          correct += correct((TFloat32) result.get(0), (TFloat32) batch.tensor("label"));
        }
      }
    }
    return new Metrics(Map.of("accuracy", correct / (8.0 * BATCH)));
  }

  static Batch batch(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[BATCH * PIXELS];
    float[] labels = new float[BATCH * CLASSES];
    for (int i = 0; i < BATCH; i++) {
      int label = random.nextInt(CLASSES);
      labels[i * CLASSES + label] = 1;
      for (int p = 0; p < PIXELS; p++) {
        double pattern = label == 2 || p % 2 == label ? 1 : 0; // One channel or both are bright.
        pixels[i * PIXELS + p] = (float) (pattern + random.nextDouble(-0.5, 0.5));
      }
    }
    return new Batch(
        Map.of(
            "image",
            TFloat32.tensorOf(Shape.of(BATCH, 4, 4, 2), DataBuffers.of(pixels)),
            "label",
            TFloat32.tensorOf(Shape.of(BATCH, CLASSES), DataBuffers.of(labels))),
        BATCH);
  }

  private static int correct(TFloat32 logits, TFloat32 labels) {
    int correct = 0;
    for (int i = 0; i < BATCH; i++) {
      int best = 0;
      for (int c = 1; c < CLASSES; c++) {
        best = logits.getFloat(i, c) > logits.getFloat(i, best) ? c : best;
      }
      correct += labels.getFloat(i, best) == 1 ? 1 : 0;
    }
    return correct;
  }
}
