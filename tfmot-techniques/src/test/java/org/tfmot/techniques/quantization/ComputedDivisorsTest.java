package org.tfmot.techniques.quantization;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** Quotients by what a graph computes of constants are products with constants. */
@EnabledOnOs(OS.LINUX)
class ComputedDivisorsTest {

  private static final Shape SHAPE = Shape.of(16, 3);

  private static final Map<String, Body> BODIES =
      Map.of(
          "normalization of Keras",
          (layers, x) -> {
            Ops tf = layers.tf();
            Operand<TFloat32> variance = tf.constant(new float[] {4, 9, 1});
            Operand<TFloat32> deviation =
                tf.math.maximum(tf.math.sqrt(variance), tf.constant(1e-7f));
            return tf.math.div(tf.math.sub(x, tf.constant(new float[] {1, 0, 2})), deviation);
          },
          "root of a size",
          (layers, x) -> {
            Ops tf = layers.tf();
            Operand<TInt32> size = tf.constant(64);
            return tf.math.div(
                layers.matMul("d", x, 3), tf.math.sqrt(tf.dtypes.cast(size, TFloat32.class)));
          },
          "a sum of constants",
          (layers, x) -> {
            Ops tf = layers.tf();
            Operand<TFloat32> sum =
                tf.math.add(tf.constant(0.5f), tf.constant(new float[] {1, 2, 3}));
            return tf.math.div(layers.matMul("d", x, 3), sum);
          });

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "normalization of Keras, POST_TRAINING",
    "normalization of Keras, AWARE",
    "root of a size, POST_TRAINING",
    "root of a size, AWARE",
    "a sum of constants, POST_TRAINING",
    "a sum of constants, AWARE"
  })
  void quotient_isInIntegers_asTheSimulation(String name, Way way) {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, SHAPE, Objects.requireNonNull(BODIES.get(name)));
    try (TFloat32 image = TestTraining.random(SHAPE, 1)) {
      GraphModel quantized = way.apply(model, image);
      IntegerModels.assertAgree(quantized, image, Values.of(image), 1, 0.1);
    }
  }
}
