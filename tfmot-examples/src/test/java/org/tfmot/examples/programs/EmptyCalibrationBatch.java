package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;

/**
 * Calibration with a batch of no examples, as the end of a data set can give, through a depthwise
 * convolution. It must be passed over or refused in the product's words (sample 0, empty, no
 * example); an error of a kernel about filter depths is not right.
 */
final class EmptyCalibrationBatch implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 3)));
              Operand<TFloat32> h =
                  tf.nn.conv2d(
                      x,
                      weight(tf, "c", wave(27 * 16), 3, 3, 3, 16),
                      List.of(1L, 2L, 2L, 1L),
                      "SAME");
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.nn.depthwiseConv2dNative(
                          tf.nn.relu6(h),
                          weight(tf, "k", wave(144), 3, 3, 16, 1),
                          List.of(1L, 1L, 1L, 1L),
                          "SAME"))
                  .build();
            });
    try {
      PostTrainingQuantization.builder()
          .build()
          .calibrate(model, List.of(Map.of("x", tensor(new float[0], 0, 8, 8, 3))));
    } catch (RuntimeException e) {
      refused(e, "sample 0", "empty", "no example", "at least one");
      return;
    }
    throw wrong("calibrated with no example at all");
  }
}
