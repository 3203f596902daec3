package org.tfmot.api;

import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.TestModels.Made;
import org.tfmot.api.Variable.Kind;

/** Models of one batch norm in training mode, [n,2] to [n,2]. */
final class BatchNormModels {

  static final float[] BATCH = {1, 2, -3, 4, 0.5f, 0, 2, -1};
  static final float[] GAMMA = {1.5f, -0.5f};
  static final float[] BETA = {0.25f, 1};
  static final float[] MEAN = {0.5f, -1};
  static final float[] VARIANCE = {2, 0.5f};
  static final float EPSILON = 1e-3f;

  private BatchNormModels() {}

  /** The moving averages are inputs, and come out moved. */
  static GraphModel withFactor(Kind kind) {
    return model(
        kind,
        (tf, averages) -> {
          FusedBatchNorm<TFloat32, TFloat32> norm =
              norm(tf, averages, averages.mean.read(), averages.variance.read(), 0.1f);
          return new Built(
              norm,
              averages.mean.assign(tf, norm.batchMean()),
              averages.variance.assign(tf, norm.batchVariance()));
        });
  }

  /** How a moving average is updated from a batch's statistic. */
  interface Update {
    Op apply(Ops tf, Made average, Operand<TFloat32> statistic);
  }

  /** The moving averages are updated outside of the batch norm, which knows nothing of them. */
  static GraphModel withUpdates(Kind kind, Update update) {
    return model(
        kind,
        (tf, averages) -> {
          Operand<TFloat32> none = tf.constant(new float[0]);
          FusedBatchNorm<TFloat32, TFloat32> norm = norm(tf, averages, none, none, 1);
          return new Built(
              norm,
              update.apply(tf, averages.mean, norm.batchMean()),
              update.apply(tf, averages.variance, norm.batchVariance()));
        });
  }

  /** What inference should give: normalized by hand with given averages. */
  static float[] byHand(float[] mean, float[] variance) {
    float[] y = new float[BATCH.length];
    for (int i = 0; i < y.length; i++) {
      int c = i % 2;
      y[i] = (float) ((BATCH[i] - mean[c]) / Math.sqrt(variance[c] + EPSILON) * GAMMA[c] + BETA[c]);
    }
    return y;
  }

  record Averages(Kind kind, Operand<TFloat32> x, Made mean, Made variance) {}

  record Built(FusedBatchNorm<TFloat32, TFloat32> norm, Op updateMean, Op updateVariance) {}

  static GraphModel model(Kind kind, BiFunction<Ops, Averages, Built> norm) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x = TestModels.input(tf, "x", -1, 2);
          Operand<TFloat32> image = tf.reshape(x, tf.array(-1, 1, 1, 2));
          Shape shape = Shape.of(2);
          Averages averages =
              new Averages(
                  kind,
                  image,
                  TestModels.variable(tf, kind, "moving_mean", shape, MEAN),
                  TestModels.variable(tf, kind, "moving_variance", shape, VARIANCE));
          Built built = norm.apply(tf, averages);
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.reshape(built.norm.y(), tf.array(-1, 2)))
              .update(built.updateMean)
              .update(built.updateVariance)
              .training(true)
              .build();
        });
  }

  static FusedBatchNorm<TFloat32, TFloat32> norm(
      Ops tf, Averages averages, Operand<TFloat32> mean, Operand<TFloat32> variance, float factor) {
    Shape shape = Shape.of(2);
    return tf.withName("norm")
        .nn
        .fusedBatchNorm(
            averages.x,
            TestModels.variable(tf, averages.kind, "gamma", shape, GAMMA).read(),
            TestModels.variable(tf, averages.kind, "beta", shape, BETA).read(),
            mean,
            variance,
            FusedBatchNorm.epsilon(EPSILON),
            FusedBatchNorm.exponentialAvgFactor(factor),
            FusedBatchNorm.isTraining(true));
  }
}
