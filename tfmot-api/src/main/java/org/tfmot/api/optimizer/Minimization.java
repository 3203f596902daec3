package org.tfmot.api.optimizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/** The nodes of one training step. */
final class Minimization {

  private static final String STEP = "optimizer/step";
  private static final String ITERATIONS = "optimizer/iterations";
  private static final Pattern MISSING = Pattern.compile("No gradient defined for op: (\\w+)");

  private final LiveModel model;
  private final Operand<TFloat32> loss;
  private final Operand<TFloat32> learningRate;
  private final Ops tf;
  private final Map<Double, Operand<TFloat32>> powers = new HashMap<>();
  private final Set<String> slots = new HashSet<>();
  private @Nullable Operand<TFloat64> step;

  Minimization(LiveModel model, Operand<TFloat32> loss, Operand<TFloat32> learningRate) {
    this.model = model;
    this.loss = loss;
    this.learningRate = learningRate;
    this.tf = model.ops().withSubScope("optimizer");
  }

  Op add(Optimizer optimizer) {
    if (model.graph().operation(STEP) != null) {
      throw new IllegalArgumentException(
          "the live model has an optimizer (\"%s\") already, and one is all it can have: open the model again for another, or feed the learning rate of this one"
              .formatted(STEP));
    }
    List<Variable> variables = model.trainableVariables();
    if (variables.isEmpty()) {
      throw new IllegalArgumentException("the model has no trainable variable");
    }
    optimizer.requireFits(model.model().variables().values());
    List<Operand<TFloat32>> values = variables.stream().map(v -> read(v.name())).toList();
    List<Operand<TFloat32>> gradients = optimizer.clipping().clip(tf, gradients(variables, values));
    List<Op> done = new ArrayList<>();
    model.model().updates().forEach(name -> done.add(() -> model.graph().operationOrThrow(name)));
    // A reader of a reference sees a change at any time, even in the middle of the step: nothing is
    // changed before all that reads has run. What is read from a resource stays as it was.
    List<Op> readers = new ArrayList<>(done);
    readers.addAll(gradients);
    readers.add(loss);
    Ops afterAll = tf.withControlDependencies(readers);
    for (int i = 0; i < variables.size(); i++) {
      Variable variable = variables.get(i);
      Operand<TFloat32> value = values.get(i);
      Ops after =
          variable.kind() == Variable.Kind.REFERENCE
              ? afterAll
              : tf.withControlDependencies(List.<Op>of(value));
      done.add(
          optimizer.update(new TrainedVariable(this, variable, value, gradients.get(i), after)));
    }
    if (step != null) {
      Ops last = tf.withControlDependencies(done);
      done.add(last.assignAddVariableOp(model.graph().outputOrThrow(ITERATIONS), tf.constant(1L)));
    }
    return tf.withName("step").withControlDependencies(done).noOp();
  }

  @SuppressWarnings("unchecked") // Trainable variables are of type float.
  private List<Operand<TFloat32>> gradients(
      List<Variable> variables, List<Operand<TFloat32>> values) {
    Output<?>[] reads = values.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    LostAttributes.verify(model.graph(), loss, values);
    Output<?>[] found;
    try {
      found = model.graph().addGradients(loss.asOutput(), reads);
    } catch (IllegalArgumentException | TensorFlowException e) {
      throw new IllegalArgumentException(
          "the loss has no gradient for a trainable variable: " + reason(e), e);
    }
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (Output<?> gradient : found) {
      requireReached(variables.get(gradients.size()), gradient);
      gradients.add((Operand<TFloat32>) gradient);
    }
    return gradients;
  }

  /** Verifies a gradient: where nothing flows back, TensorFlow gives an operation that is none. */
  private static void requireReached(Variable variable, Output<?> gradient) {
    try {
      gradient.op().type();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(
          ("the gradient of the loss stops before the variable \"%s\", at a StopGradient or an"
                  + " operation without slope, and the variable cannot be trained so")
              .formatted(variable.name()),
          e);
    }
  }

  /** Returns the reason in words for Java: TensorFlow's text advises to write C++. */
  private static String reason(RuntimeException e) {
    Matcher missing = MISSING.matcher(String.valueOf(e.getMessage()));
    return missing.find()
        ? ("TensorFlow for Java has none of %s: express it by other operations, or freeze the"
                + " variables before it")
            .formatted(missing.group(1))
        : String.valueOf(e.getMessage());
  }

  Operand<TFloat32> learningRate() {
    return learningRate;
  }

  /** Returns a power of the step's number, computed in double: betas are close to 1. */
  Operand<TFloat32> power(double base) {
    return powers.computeIfAbsent(
        base, key -> tf.dtypes.cast(tf.math.pow(tf.constant(key), step()), TFloat32.class));
  }

  @SuppressWarnings("unchecked") // The variable is made here.
  private Operand<TFloat64> step() {
    if (step == null) {
      model.addVariable(ITERATIONS, TensorProtos.scalar(0L));
      Operand<TInt64> iterations = (Operand<TInt64>) (Operand<?>) model.read(ITERATIONS);
      step = tf.dtypes.cast(tf.math.add(iterations, tf.constant(1L)), TFloat64.class);
    }
    return step;
  }

  @SuppressWarnings("unchecked") // Trainable variables and their slots are of type float.
  Operand<TFloat32> read(String name) {
    return (Operand<TFloat32>) (Operand<?>) model.read(name);
  }

  @SuppressWarnings("unchecked") // What the operations take: the type is that of the values.
  Operand<TFloat32> handle(String name) {
    return (Operand<TFloat32>) (Operand<?>) model.graph().outputOrThrow(name);
  }

  Operand<TFloat32> slot(Variable variable, String name) {
    String slot = variable.name() + "/" + name;
    if (slots.add(slot)) {
      float[] zeros = new float[Math.toIntExact(variable.shape().size())];
      model.addVariable(slot, TensorProtos.floats(variable.shape(), zeros), variable.kind());
    }
    return handle(slot);
  }

  /** Returns a builder of operations that wait for what those of a variable wait for, and more. */
  Ops after(TrainedVariable variable, List<Op> operations) {
    List<Op> all = new ArrayList<>(operations);
    // Without inputs, but with the control dependencies of the variable.
    all.add(variable.ops().noOp());
    return tf.withControlDependencies(all);
  }
}
