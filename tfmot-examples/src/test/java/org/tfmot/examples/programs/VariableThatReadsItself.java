package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.concurrent.Callable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/**
 * A model with batch norm in training mode whose read of the moving mean, "mean_read", reads
 * itself, as a damaged file can have it. toInference() must end within 20 s, with a result or a
 * refusal that names "mean_read".
 */
final class VariableThatReadsItself implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
              Ops init = tf.withInitScope();
              VarHandleOp mean =
                  tf.withName("mean")
                      .varHandleOp(TFloat32.class, Shape.of(2), VarHandleOp.sharedName("mean"));
              VarHandleOp variance =
                  tf.withName("variance")
                      .varHandleOp(TFloat32.class, Shape.of(2), VarHandleOp.sharedName("variance"));
              init.assignVariableOp(mean, init.constant(new float[] {0, 0}));
              init.assignVariableOp(variance, init.constant(new float[] {1, 1}));
              FusedBatchNorm<TFloat32, TFloat32> n =
                  tf.nn.fusedBatchNorm(
                      x,
                      tf.constant(new float[] {1, 1}),
                      tf.constant(new float[] {0, 0}),
                      tf.withName("mean_read").readVariableOp(mean, TFloat32.class),
                      tf.readVariableOp(variance, TFloat32.class),
                      FusedBatchNorm.isTraining(true),
                      FusedBatchNorm.exponentialAvgFactor(.1f));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.nn.relu(n.y()))
                  .update(tf.assignVariableOp(mean, n.batchMean()))
                  .update(tf.assignVariableOp(variance, n.batchVariance()))
                  .build();
            });
    GraphDef.Builder g = model.graphDef().toBuilder();
    for (NodeDef.Builder n : g.getNodeBuilderList())
      if (n.getName().equals("mean_read")) n.setInput(0, "mean_read");
    try {
      within(
          20,
          "toInference()",
          () ->
              GraphModel.of(g.build(), model.endpoints(), model.variables().values())
                  .toInference());
    } catch (RuntimeException e) {
      refused(e, "\"mean_read\"");
    }
  }

  /** Runs something that must end within some seconds. */
  static void within(int seconds, String what, Callable<?> step) throws Exception {
    Throwable[] thrown = {null};
    Thread t =
        new Thread(
            () -> {
              try {
                step.call();
              } catch (Throwable e) {
                thrown[0] = e;
              }
            });
    t.setDaemon(true);
    t.start();
    t.join(seconds * 1000L);
    if (t.isAlive()) throw wrong(what + " has not ended after " + seconds + " s");
    if (thrown[0] instanceof RuntimeException e) throw e;
    if (thrown[0] != null) throw new AssertionError(what + ": " + thrown[0]);
  }
}
