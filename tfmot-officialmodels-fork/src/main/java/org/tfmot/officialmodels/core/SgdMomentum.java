package org.tfmot.officialmodels.core;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * Stochastic gradient descent with momentum: {@code a = momentum * a + g; w -= rate * a}, or with
 * Nesterov's look-ahead {@code w -= rate * (g + momentum * a)}. The gradient includes {@code
 * weightDecay * w} for weights of rank two and more; biases and batch norm do not decay. Both kinds
 * of variable are trained; the momentum of a {@code VariableV2} is a resource variable too.
 *
 * @param momentum in [0, 1)
 * @param nesterov whether to look ahead
 * @param weightDecay at least 0
 */
@API(status = API.Status.EXPERIMENTAL)
public record SgdMomentum(double momentum, boolean nesterov, double weightDecay) {

  /** Refuses values out of range. */
  public SgdMomentum {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), not " + momentum);
    }
    if (!(weightDecay >= 0)) {
      throw new IllegalArgumentException("weight decay must not be negative: " + weightDecay);
    }
  }

  /** The name of a variable's momentum in checkpoints. */
  public static String slot(String variable) {
    return variable + "/Momentum";
  }

  /** Adds gradients, slots and updates to a live model; answers with the updates. */
  List<Op> minimize(LiveModel model, Operand<TFloat32> loss, Operand<TFloat32> learningRate) {
    List<Variable> variables = model.trainableVariables();
    Output<?>[] reads = variables.stream().map(v -> model.read(v.name())).toArray(Output<?>[]::new);
    Output<?>[] gradients = model.graph().addGradients(loss.asOutput(), reads);
    List<Op> updates = new ArrayList<>();
    // The reader of a reference sees a change at any time, even in the middle of the step: nothing
    // is changed before all that reads has run.
    List<Op> readers = new ArrayList<>(List.of(gradients));
    readers.add(loss);
    for (int i = 0; i < reads.length; i++) {
      updates.add(update(model, variables.get(i), reads[i], gradients[i], learningRate, readers));
    }
    return updates;
  }

  @SuppressWarnings("unchecked") // Trainable variables are of type float.
  private Op update(
      LiveModel model,
      Variable variable,
      Output<?> read,
      Output<?> gradient,
      Operand<TFloat32> learningRate,
      List<Op> readers) {
    Ops tf = model.ops().withSubScope("optimizer");
    Output<?> slot =
        model.addVariable(
            slot(variable.name()),
            TensorProtos.floats(
                variable.shape(), new float[Math.toIntExact(variable.shape().size())]));
    Operand<TFloat32> total = (Operand<TFloat32>) gradient;
    if (weightDecay > 0 && variable.shape().numDimensions() >= 2) {
      total =
          tf.math.add(
              total, tf.math.mul(tf.constant((float) weightDecay), (Operand<TFloat32>) read));
    }
    Output<?> handle = model.graph().outputOrThrow(variable.name());
    if (variable.kind() == Variable.Kind.REFERENCE) {
      Operand<TFloat32> old = (Operand<TFloat32>) model.read(slot(variable.name()));
      return applyToReference(
          tf, (Operand<TFloat32>) handle, slot, old, learningRate, total, readers);
    }
    return tf.train.resourceApplyMomentum(
        handle,
        slot,
        learningRate,
        total,
        tf.constant((float) momentum),
        ResourceApplyMomentum.useNesterov(nesterov));
  }

  /** TensorFlow's own operation wants variable and slot to be of one kind. */
  private Op applyToReference(
      Ops tf,
      Operand<TFloat32> variable,
      Output<?> slot,
      Operand<TFloat32> old,
      Operand<TFloat32> learningRate,
      Operand<TFloat32> gradient,
      List<Op> readers) {
    Operand<TFloat32> factor = tf.constant((float) momentum);
    Operand<TFloat32> accumulated = tf.math.add(tf.math.mul(old, factor), gradient);
    Operand<TFloat32> direction =
        nesterov ? tf.math.add(gradient, tf.math.mul(accumulated, factor)) : accumulated;
    Operand<TFloat32> change = tf.math.mul(learningRate, direction);
    List<Op> before = new ArrayList<>(readers);
    before.add(tf.assignVariableOp(slot, accumulated));
    return tf.withControlDependencies(before).assignSub(variable, change);
  }
}
