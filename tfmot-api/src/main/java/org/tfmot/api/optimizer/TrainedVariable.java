package org.tfmot.api.optimizer;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable;

/**
 * A trainable variable within a training step, as an {@link Optimizer} sees it: its value, its
 * gradient, further variables that the optimizer keeps for it, and how it is changed. The handles
 * are references or resources, as {@link #isReference} tells; slots are of the variable's kind.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class TrainedVariable {

  private final Minimization step;
  private final Variable variable;
  private final Operand<TFloat32> value;
  private final Operand<TFloat32> gradient;
  private final Ops tf;

  TrainedVariable(
      Minimization step,
      Variable variable,
      Operand<TFloat32> value,
      Operand<TFloat32> gradient,
      Ops tf) {
    this.step = step;
    this.variable = variable;
    this.value = value;
    this.gradient = gradient;
    this.tf = tf;
  }

  /** Returns its name, shape and kind, with the value that it had when the model was opened. */
  public Variable variable() {
    return variable;
  }

  /** Returns whether the handles are references ({@code VariableV2}) and not resources. */
  public boolean isReference() {
    return variable.kind() == Variable.Kind.REFERENCE;
  }

  /** Returns its value before the step. */
  public Operand<TFloat32> value() {
    return value;
  }

  /** Returns the derivative of the loss, clipped if the optimizer clips. */
  public Operand<TFloat32> gradient() {
    return gradient;
  }

  /** Returns the learning rate of the step; a scalar. */
  public Operand<TFloat32> learningRate() {
    return step.learningRate();
  }

  /**
   * Returns {@code base} to the power of the step's number, counted from 1. The number is a
   * variable, {@code optimizer/iterations}, that goes into checkpoints.
   */
  public Operand<TFloat32> power(double base) {
    return step.power(base);
  }

  /**
   * Returns a builder of operations that run when nothing else needs the variable's old value: all
   * that changes variables is built with it.
   */
  public Ops ops() {
    return tf;
  }

  /** Returns the handle of the variable. */
  public Operand<TFloat32> handle() {
    return step.handle(variable.name());
  }

  /** Returns the handle of a slot, {@code <variable>/<name>}; it starts with zeros. */
  public Operand<TFloat32> slot(String name) {
    return step.slot(variable, name);
  }

  /** Returns the value of a slot before the step. */
  public Operand<TFloat32> slotValue(String name) {
    slot(name);
    return step.read(variable.name() + "/" + name);
  }

  /** Returns an operation that gives a slot a value. */
  public Op assignSlot(String name, Operand<TFloat32> newValue) {
    return isReference()
        ? tf.assign(slot(name), newValue)
        : tf.assignVariableOp(slot(name), newValue);
  }

  /** Returns an operation that takes something from the variable. */
  public Op subtract(Operand<TFloat32> change) {
    return isReference()
        ? tf.assignSub(handle(), change)
        : tf.assignSubVariableOp(handle(), change);
  }

  /**
   * Returns TensorFlow's fused kernel for the variable's kind, such as {@code ApplyAdam} or {@code
   * ResourceApplyAdam}.
   *
   * @param kernel the name for references
   * @param slots the slots that it changes along with the variable, in its order
   * @param operands what it reads behind them, in its order
   * @param options its attributes that are truth values
   */
  Op fused(
      String kernel,
      List<String> slots,
      List<Operand<TFloat32>> operands,
      Map<String, Boolean> options) {
    String type = isReference() ? kernel : "Resource" + kernel;
    OperationBuilder builder = tf.scope().opBuilder(type, type);
    builder.addInput(handle().asOutput());
    slots.forEach(slot -> builder.addInput(slot(slot).asOutput()));
    operands.forEach(operand -> builder.addInput(operand.asOutput()));
    options.forEach(builder::setAttr);
    Operation operation = builder.build();
    return () -> operation;
  }

  /** Returns the same variable, changed only after some operations. */
  TrainedVariable after(List<Op> operations) {
    return new TrainedVariable(step, variable, value, gradient, step.after(this, operations));
  }
}
