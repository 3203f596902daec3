package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.tflite.TfLiteConverter;

/**
 * An embedding table pruned to 75 % zeros and converted: zeroFraction() of the file must say 0.75,
 * as WeightSummary says of the graph.
 */
final class ZerosOfAnEmbedding implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TInt32> ids =
                  tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
              Operand<TFloat32> e =
                  tf.withName("look")
                      .gather(weight(tf, "table", wave(80), 20, 4), ids, tf.constant(0));
              return Endpoints.builder()
                  .input("ids", ids)
                  .output("y", tf.math.mean(e, tf.array(1)))
                  .training(true)
                  .build();
            });
    GraphModel pruned = Pruning.builder().oneShot(.75).apply(model).strip();
    double graph = WeightSummary.of(pruned).layers().get(0).sparsity(),
        file = TfLiteConverter.of(pruned).convert().zeroFraction();
    if (Math.abs(graph - .75) > .01) throw wrong("the graph has " + graph + " zeros");
    if (Math.abs(file - .75) > .01)
      throw wrong("zeroFraction() says " + file + " of a table with 0.75 zeros");
  }
}
