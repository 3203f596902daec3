package org.tfmot.api.optimizer;

import java.util.Collection;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;

/**
 * Adds a training step to a live model.
 *
 * <pre>{@code
 * try (LiveModel live = model.open()) {
 *   Op step = new Adam().minimize(live, loss(live), 1e-3);
 *   for (long i = 0; i < 1000; i++) {
 *     live.session().runner().feed(live.input("image"), images(i)).addTarget(step).run().close();
 *   }
 * }
 * }</pre>
 *
 * <p>Trainable variables of both kinds ({@link org.tfmot.api.Variable.Kind}) are trained, others
 * are left alone: moving averages, masks and activation ranges are not trainable, so that no
 * gradient and no weight decay reaches them. All state (momentum, the number of the step) is in
 * variables that {@link LiveModel#save} and {@link LiveModel#restore} include: on one thread a
 * resumed run computes the same bits as one without the interruption.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface Optimizer {

  /**
   * Adds the update of one variable; {@link #minimize(LiveModel, Operand, Operand)} calls it for
   * each.
   *
   * @return an operation that changes the variable and its slots
   */
  Op update(TrainedVariable variable);

  /**
   * Verifies that the optimizer is one for a model, before anything is added: by default it is.
   *
   * @param variables all variables of the model
   * @throws IllegalArgumentException if a pattern of names matches none of them and something has
   *     to match, or a name is near
   */
  default void requireFits(Collection<Variable> variables) {}

  /** Returns the clipping of the gradients before {@link #update} sees them; none by default. */
  default GradientClipping clipping() {
    return GradientClipping.NONE;
  }

  /**
   * Adds gradients, slots and updates to a live model.
   *
   * @param loss a scalar
   * @param learningRate a scalar, such as a placeholder that is fed by a schedule
   * @return the operation that computes one step: it changes the trainable variables and runs the
   *     model's updates ({@link org.tfmot.api.GraphModel#updates})
   * @throws IllegalArgumentException if the model has no trainable variable, the loss does not
   *     depend on one, an optimizer was added to this live model before, or {@link #requireFits}
   * @throws java.util.ConcurrentModificationException if another thread uses the live model
   */
  default Op minimize(LiveModel model, Operand<TFloat32> loss, Operand<TFloat32> learningRate) {
    return model.change(() -> new Minimization(model, loss, learningRate).add(this));
  }

  /**
   * Adds the same with a learning rate that does not change.
   *
   * @throws IllegalArgumentException as {@link #minimize(LiveModel, Operand, Operand)}, or if the
   *     learning rate is negative or not finite
   */
  default Op minimize(LiveModel model, Operand<TFloat32> loss, double learningRate) {
    Checks.atLeastZero("the learning rate", learningRate);
    return minimize(model, loss, model.ops().constant((float) learningRate));
  }

  /** Returns this optimizer with clipped gradients; a clipping that was set before is replaced. */
  default Optimizer clipped(GradientClipping clipping) {
    return new ClippedOptimizer(this, clipping);
  }
}
