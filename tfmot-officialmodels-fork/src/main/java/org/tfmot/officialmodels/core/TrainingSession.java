package org.tfmot.officialmodels.core;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.Optimizer;

/** A live model with loss, optimizer and step counter: everything that one training step runs. */
final class TrainingSession {

  static final String GLOBAL_STEP = "global_step";

  private final LiveModel model;
  private final String loss;
  private final String learningRate;
  private final String trainOp;

  TrainingSession(LiveModel model, Task task, Optimizer optimizer) {
    this.model = model;
    Ops tf = model.ops();
    Operand<TFloat32> lossValue = task.buildLoss(tf, model);
    Placeholder<TFloat32> rate =
        tf.withName("learning_rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    Op step = optimizer.minimize(model, lossValue, rate);
    Op count =
        tf.assignAddVariableOp(
            model.addVariable(GLOBAL_STEP, TensorProtos.scalar(0L)), tf.constant(1L));
    this.loss = lossValue.op().name();
    this.learningRate = rate.op().name();
    this.trainOp =
        tf.withName("train").withControlDependencies(List.of(step, count)).noOp().op().name();
  }

  /** Returns the number of steps that the variables have seen. */
  long globalStep() {
    return TensorProtos.toLong(model.value(GLOBAL_STEP));
  }

  /** The values of the optimizer's own variables, by name; in one run, as each costs a pass. */
  Map<String, TensorProto> slots() {
    List<String> names =
        model.addedVariables().stream()
            .filter(v -> !v.name().equals(GLOBAL_STEP))
            .map(Variable::name)
            .toList();
    Map<String, TensorProto> slots = new LinkedHashMap<>();
    if (names.isEmpty()) {
      return slots;
    }
    Session.Runner runner = model.session().runner();
    names.forEach(name -> runner.fetch(model.read(name)));
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        slots.put(names.get(i), TensorProtos.of(result.get(i)));
      }
    }
    return slots;
  }

  /**
   * Computes one step and returns its loss.
   *
   * @throws IllegalArgumentException if a tensor of the batch does not fit the model or the loss
   */
  float step(Batch batch, double rate) {
    try (TFloat32 rateTensor = TFloat32.scalarOf((float) rate)) {
      Session.Runner runner = model.runner(batch.tensors()).fetch(loss).addTarget(trainOp);
      runner.feed(learningRate, rateTensor);
      try (Result result = TensorFlowErrors.run(runner, model.model().graphDef())) {
        return ((TFloat32) result.get(0)).getFloat();
      }
    }
  }
}
