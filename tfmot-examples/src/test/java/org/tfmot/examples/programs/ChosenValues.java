package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.near;
import static org.tfmot.examples.programs.Judgement.refused;
import static org.tfmot.examples.programs.Judgement.tensor;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * A model that keeps the values of four which a comparison with the middle of their range chooses,
 * and is 0 elsewhere.
 *
 * @param greater whether it keeps those above the middle, and not those below
 * @param range the largest value; the smallest is 0
 */
record ChosenValues(boolean greater, float range) {

  GraphModel model() {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
          Operand<TFloat32> middle = tf.constant(range / 2);
          Operand<TBool> chosen = greater ? tf.math.greater(x, middle) : tf.math.less(x, middle);
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.select(chosen, x, tf.math.mul(x, tf.constant(0f))))
              .build();
        });
  }

  float[] values() {
    return new float[] {0, range / 4, range * .75f, range};
  }

  List<Map<String, Tensor>> samples() {
    return List.of(Map.of("x", tensor(values(), 1, 4)));
  }

  /** A file is right if it chooses as the comparison says, to a share of the range. */
  void requireRight(TfLiteModel file, double share) {
    float[] values = values();
    double[] right = new double[values.length];
    for (int i = 0; i < right.length; i++) {
      boolean chosen = greater ? values[i] > range / 2 : values[i] < range / 2;
      right[i] = chosen ? values[i] : 0;
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      near(toString(), interpreter.run(values, 1), range * share, right);
    }
  }

  /** Quantizes and converts to int8: right to 1 % of the range, or refused by name. */
  void checkInt8() {
    GraphModel quantized =
        PostTrainingQuantization.builder().build().calibrate(model(), samples()).model();
    TfLiteModel file;
    try {
      file = TfLiteConverter.of(quantized).int8().convert();
    } catch (RuntimeException e) {
      refused(e, "Greater", "Less");
      return;
    }
    requireRight(file, .01);
  }
}
