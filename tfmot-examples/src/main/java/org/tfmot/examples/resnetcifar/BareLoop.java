package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.officialmodels.core.Batch;
import org.tfmot.officialmodels.core.BatchSource;
import org.tfmot.officialmodels.core.Task;

/** The plainest training loop one can write: one session call a step, fed from memory. */
final class BareLoop {

  private static final int BATCHES = 4;
  private static final float LEARNING_RATE = 1e-3f;
  private static final float MOMENTUM = 0.9f;
  private static final float WEIGHT_DECAY = 5e-4f;

  private BareLoop() {}

  static List<Double> stepMillis(Task task, GraphModel model, int steps) {
    List<Batch> batches = new ArrayList<>();
    try (LiveModel live = model.open()) {
      Ops tf = live.ops();
      Operand<TFloat32> loss = task.buildLoss(tf, live);
      List<Op> targets = updates(live, tf, loss);
      BatchSource source = task.trainingData(1);
      for (int i = 0; i < BATCHES; i++) {
        batches.add(source.batch(i));
      }
      Op train = tf.withControlDependencies(targets).noOp();
      List<Double> millis = new ArrayList<>();
      for (int step = 0; step < steps; step++) {
        long start = System.nanoTime();
        Session.Runner runner = live.session().runner().fetch(loss).addTarget(train);
        batches.get(step % BATCHES).tensors().forEach(runner::feed);
        runner.run().close();
        millis.add((System.nanoTime() - start) / 1e6);
      }
      return millis;
    } finally {
      batches.forEach(Batch::close);
    }
  }

  @SuppressWarnings("unchecked") // Trainable variables are of type float.
  private static List<Op> updates(LiveModel live, Ops tf, Operand<TFloat32> loss) {
    List<Variable> variables = live.trainableVariables();
    Output<?>[] reads = variables.stream().map(v -> live.read(v.name())).toArray(Output<?>[]::new);
    Output<?>[] gradients = live.graph().addGradients(loss.asOutput(), reads);
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < reads.length; i++) {
      Shape shape = variables.get(i).shape();
      float[] zeros = new float[Math.toIntExact(shape.size())];
      Output<?> slot = live.addVariable("momentum" + i, TensorProtos.floats(shape, zeros));
      Operand<TFloat32> gradient = (Operand<TFloat32>) gradients[i];
      if (shape.numDimensions() >= 2) {
        Operand<TFloat32> weight = (Operand<TFloat32>) reads[i];
        gradient = tf.math.add(gradient, tf.math.mul(tf.constant(WEIGHT_DECAY), weight));
      }
      updates.add(
          tf.train.resourceApplyMomentum(
              live.graph().outputOrThrow(variables.get(i).name()),
              slot,
              tf.constant(LEARNING_RATE),
              gradient,
              tf.constant(MOMENTUM),
              ResourceApplyMomentum.useNesterov(true)));
    }
    live.model().updates().forEach(name -> updates.add(() -> live.graph().operationOrThrow(name)));
    return updates;
  }
}
