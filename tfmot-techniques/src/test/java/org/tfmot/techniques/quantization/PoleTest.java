package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** Quantization-aware training where 8 bits round to 0 what has no value at 0. */
class PoleTest {

  private static final Shape BATCH = Shape.of(32, 6);

  enum Pole {
    RSQRT((tf, x) -> tf.math.rsqrt(x)),
    RSQRT_OF_MOVED((tf, x) -> tf.math.rsqrt(tf.stopGradient(tf.reshape(x, tf.array(-1, 4))))),
    LOG((tf, x) -> tf.math.log(x)),
    SQRT((tf, x) -> tf.math.sqrt(x));

    private final BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> function;

    Pole(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> function) {
      this.function = function;
    }

    /** Squares reach so far that most of those below 1 are less than half of their step. */
    GraphModel model() {
      return TestLayers.model(
          Kind.RESOURCE,
          Shape.of(-1, 6),
          (layers, x) -> {
            Operand<TFloat32> y = layers.matMul("one", x, 4);
            Operand<TFloat32> squares = layers.at("one", "squares").math.square(y);
            Operand<TFloat32> positive =
                layers.at("one", "positive").math.add(squares, layers.tf().constant(1e-4f));
            Operand<TFloat32> pole = function.apply(layers.tf().withSubScope("pole"), positive);
            return layers.matMul("two", layers.at("one", "product").math.mul(pole, y), 3);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Pole.class)
  void training_staysFinite_andTheFileAgrees(Pole pole) {
    try (TestTraining training =
        new TestTraining(QuantizationAwareTraining.create().apply(pole.model()), 32)) {
      float[] before = training.value("one/kernel");
      for (int step = 0; step < 5; step++) {
        assertTrue(Float.isFinite(training.step(step)), "loss at step " + step);
      }
      float[] after = training.value("one/kernel");
      assertTrue(Float.isFinite(Values.largest(after)), "a weight is not finite");
      assertNotEquals(0, Values.distance(before, after), "it does not train");

      GraphModel stripped = training.trained().strip();
      assertFalse(
          stripped.graphDef().getNodeList().stream().anyMatch(n -> n.getName().contains("held")));
      try (TFloat32 image = TestTraining.random(BATCH, 9)) {
        float[] values = TensorProtos.toFloats(TensorProtos.of(image));
        // The difference of one step of the product by the last layer's weights, and its own.
        IntegerModels.assertAgree(stripped, image, values, 3, 0.2);
      }
    }
  }

  @Test
  void poleOfAnInputInFloat_isNotHeld() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Operand<TFloat32> moved = layers.tf().reshape(x, layers.tf().array(-1, 6));
              Operand<TFloat32> log = layers.tf().withSubScope("pole").math.log(moved);
              return layers.matMul("one", log, 3);
            });
    GraphModel applied =
        QuantizationAwareTraining.builder().floatInputs().build().apply(model).model();
    assertFalse(
        applied.graphDef().getNodeList().stream().anyMatch(n -> n.getName().contains("held")));
  }
}
