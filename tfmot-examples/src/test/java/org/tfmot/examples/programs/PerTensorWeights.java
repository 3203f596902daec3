package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.LayerQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.quantization.Quantizer;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * Quantization-aware training with per-tensor weights, perChannel(false), of convolution, batch
 * norm and ReLU: for hardware that knows one scale only. The weight in the int8 file must have one
 * scale, as the setting says; or the report or a refusal says "per channel".
 */
final class PerTensorWeights implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
                tf -> {
                  Placeholder<TFloat32> x =
                      tf.withName("x")
                          .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
                  Operand<TFloat32> y =
                      tf.nn.conv2d(
                          x,
                          weight(tf, "k", new float[] {1, -2, .5f, 3, .25f, 1, -1, 2}, 1, 1, 2, 4),
                          List.of(1L, 1L, 1L, 1L),
                          "SAME");
                  FusedBatchNorm<TFloat32, TFloat32> n =
                      tf.nn.fusedBatchNorm(
                          y,
                          tf.constant(new float[] {1, 2, .5f, 4}),
                          tf.constant(new float[] {0, 1, 0, 1}),
                          tf.constant(new float[] {0, 0, .1f, 0}),
                          tf.constant(new float[] {1, .5f, 1, 2}),
                          FusedBatchNorm.isTraining(false));
                  return Endpoints.builder().input("x", x).output("y", tf.nn.relu(n.y())).build();
                })
            .withTraining(true);
    Optimized o =
        QuantizationAwareTraining.builder()
            .layer(
                LayerSelector.ofType("Conv2D"),
                LayerQuantization.ofWeights(Quantizer.lastValue().perChannel(false)))
            .build()
            .apply(model);
    if (o.reports().toString().toLowerCase().contains("per channel")) return;
    TfLiteModel file =
        TfLiteConverter.of(seen(o, Map.of("x", tensor(wave(32), 1, 4, 4, 2))).strip())
            .int8()
            .convert();
    for (TfLiteTensor w : file.weights()) {
      int scales = w.quantization().orElseThrow().scales().size();
      if (scales != 1) throw wrong("the weight " + w.name() + " has " + scales + " scales");
    }
  }
}
