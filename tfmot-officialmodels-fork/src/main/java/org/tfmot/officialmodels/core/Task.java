package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;

/** A learning task: a model, a loss, training data and an evaluation. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface Task {

  /** The float model in training mode, with fresh weights. */
  GraphModel buildModel(long seed);

  /**
   * Applies techniques to the model before it is trained; none by default. Experiments apply those
   * of their configuration on top. The trainer runs the hooks, which it would not know of a model
   * that {@link #buildModel} returns.
   */
  default Optimized optimize(GraphModel model) {
    return Optimized.of(model);
  }

  /**
   * Adds the scalar loss to a live model. Placeholders that this makes for labels carry the names
   * that the batches use.
   */
  Operand<TFloat32> buildLoss(Ops tf, LiveModel model);

  /** The training data in an order that the seed decides. */
  BatchSource trainingData(long seed);

  /** Evaluates a model on the held-out data. */
  Metrics evaluate(GraphModel model);

  /** The same, telling how far it is. */
  default Metrics evaluate(GraphModel model, Progress progress) {
    return evaluate(model);
  }
}
