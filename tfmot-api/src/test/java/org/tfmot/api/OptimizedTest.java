package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.TestModels.Made;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class OptimizedTest {

  private static final float MASKED = Float.NEGATIVE_INFINITY;

  private static GraphModel model() {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
          Made weight = TestModels.variable(tf, Kind.RESOURCE, "weight", Shape.of(2), 1, 2);
          Made mask = TestModels.variable(tf, Kind.RESOURCE, "mask", Shape.of(2), 0, MASKED);
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.math.add(tf.math.mul(x, weight.read()), mask.read()))
              .training(true)
              .build();
        });
  }

  private static GraphModel with(String variable, float... values) {
    return model()
        .withValues(Map.of(variable, TensorProtos.floats(Shape.of(values.length), values)));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void trainingThatDiverged_isNamedWhereItsValuesComeIn(float value) {
    GraphModel diverged = with("weight", 1, value);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> Optimized.of(model()).withModel(diverged));
    assertTrue(e.getMessage().contains("\"weight\" has become " + value), e.getMessage());
    assertTrue(e.getMessage().contains("Lower the learning rate"), e.getMessage());
  }

  @Test
  void valueThatWasInfiniteBefore_isNoDivergence() {
    GraphModel trained = with("mask", 1, MASKED);
    assertSame(trained, Optimized.of(model()).withModel(trained).model());
  }

  @Test
  void anotherGraph_isRefused() {
    GraphModel other = TestModels.dense(Kind.RESOURCE);
    assertThrows(IllegalArgumentException.class, () -> Optimized.of(model()).withModel(other));
    assertDoesNotThrow(() -> Optimized.of(model()).withModel(model()));
  }
}
