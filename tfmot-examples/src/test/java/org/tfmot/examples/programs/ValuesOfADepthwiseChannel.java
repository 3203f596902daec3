package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.summary.LayerSummary;
import org.tfmot.techniques.summary.WeightSummary;

/**
 * WeightSummary of a depthwise kernel [3, 3, 16, 1] of 144 different weights: a channel has 3 x 3
 * of them, so "a channel" must say 9, as it says 9 * 16 for a convolution's channel of 16 inputs.
 */
final class ValuesOfADepthwiseChannel implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 16)));
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.nn.depthwiseConv2dNative(
                          x,
                          weight(tf, "k", wave(144), 3, 3, 16, 1),
                          List.of(1L, 1L, 1L, 1L),
                          "SAME"))
                  .build();
            });
    LayerSummary layer = WeightSummary.of(model).layers().get(0);
    if (layer.distinct() != 144) throw wrong(layer.distinct() + " values in all, not 144");
    if (layer.distinctOfChannel() != 9)
      throw wrong(layer.distinctOfChannel() + " values a channel, not 9");
  }
}
