package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;

/**
 * docs/models.md: "A variable is known by its shared name". A variable whose node is "kernel_node"
 * and whose shared name is "stem/kernel" must be found by variable("stem/kernel"), with its value.
 */
final class VariableByItsSharedName implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              VarHandleOp v =
                  tf.withName("kernel_node")
                      .varHandleOp(
                          TFloat32.class, Shape.of(2, 1), VarHandleOp.sharedName("stem/kernel"));
              tf.withInitScope()
                  .assignVariableOp(v, tf.withInitScope().constant(new float[][] {{7}, {8}}));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(x, tf.readVariableOp(v, TFloat32.class)))
                  .build();
            });
    near(
        "variable(\"stem/kernel\")",
        TensorProtos.toFloats(model.variable("stem/kernel").value()),
        0,
        7,
        8);
  }
}
