package org.tfmot.api;

import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.family.TType;

/** The placeholder and the assignment that give a live variable a value. */
record VariableAssigner(String placeholder, String assignment) {

  static VariableAssigner create(Ops tf, Variable variable, GraphOperation operation) {
    Class<? extends TType> type = TensorTypeRegistry.find(variable.dtype()).type();
    Placeholder<? extends TType> value = tf.placeholder(type, Placeholder.shape(variable.shape()));
    Op assignment =
        variable.kind() == Variable.Kind.RESOURCE
            ? tf.assignVariableOp(operation.output(0), value)
            : assign(tf, operation.output(0), value);
    return new VariableAssigner(value.op().name(), assignment.op().name());
  }

  @SuppressWarnings("unchecked") // The placeholder was made with the variable's own type.
  private static <T extends TType> Op assign(
      Ops tf, Operand<T> reference, Operand<? extends TType> value) {
    return tf.assign(reference, (Operand<T>) value);
  }
}
