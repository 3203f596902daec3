package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.summary.WeightSummary;

/**
 * One variable of 6 weights, one of them 0, that three products read. The table of WeightSummary
 * may show it with each of them, but its last row, "all", must count 6 weights and 1 zero: so many
 * the model has.
 */
final class SummaryOfSharedWeight implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Operand<TFloat32> w = weight(tf, "w", new float[] {1, 2, 0, 3, -4, 1}, 2, 3);
              return Endpoints.builder()
                  .input("x", x)
                  .output("a", tf.linalg.matMul(x, w))
                  .output("b", tf.linalg.matMul(tf.nn.relu(x), w))
                  .output("c", tf.linalg.matMul(tf.math.tanh(x), w))
                  .build();
            });
    String[] lines = WeightSummary.of(model).toString().split("\\R");
    String all = lines[lines.length - 1];
    if (!all.matches("all +6 +1 .*")) throw wrong("the table ends with: " + all);
  }
}
