package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

/** Models whose variables became constants. */
class FreezingTest {

  private static final float[] X = {1, 2, -3};
  private static final float[] Y = TestModels.denseByHand(X, TestModels.KERNEL, TestModels.BIAS);
  private static final Shape ROW = Shape.of(1, 3);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void freeze_computesTheSameWithoutVariables(Kind kind) {
    GraphModel frozen = TestModels.dense(kind).freeze();
    assertEquals(Map.of(), frozen.variables());
    assertTrue(
        Collections.disjoint(
            TestModels.ops(frozen), List.of("VariableV2", "VarHandleOp", "ReadVariableOp")));
    assertArrayEquals(Y, TestModels.run(frozen, ROW, X), 1e-6f);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void freeze_variableAsOutput_isItsValue(Kind kind) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", 1);
              var w = TestModels.variable(tf, kind, "w", Shape.of(1), 3);
              return Endpoints.builder()
                  .input("x", x)
                  .output("w", w.read())
                  .output("again", w.readAgain(tf))
                  .build();
            });
    GraphModel frozen = model.freeze();
    assertEquals(model.outputs(), frozen.outputs());
    assertArrayEquals(new float[] {3}, TestModels.run(frozen, Shape.of(1), 0));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void freeze_dropsWhatHooksRun(Kind kind) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              var w = TestModels.variable(tf, kind, "w", Shape.of(1), 3);
              return Endpoints.builder()
                  .output("y", tf.math.neg(w.read()))
                  .operation(w.assign(tf, tf.constant(new float[] {0})).op().name())
                  .build();
            });
    GraphModel frozen = model.freeze();
    assertEquals(List.of(), frozen.endpoints().operations());
    try (LiveModel live = frozen.open();
        var result = live.run(Map.of())) {
      assertArrayEquals(new float[] {-3}, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void freeze_variableThatInferenceWrites_isNamed(Kind kind) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              var calls = TestModels.variable(tf, kind, "calls", Shape.of(1), 0);
              var count = calls.assignSub(tf, tf.constant(new float[] {-1}));
              return Endpoints.builder()
                  .output("y", calls.readAgain(tf.withControlDependencies(List.of(count))))
                  .build();
            });
    if (kind == Kind.RESOURCE) {
      // The value is read after the write; frozen, that order would be lost.
      assertFalse(TestModels.ops(model).contains("Identity"));
    }
    assertRefused("variable \"calls\" cannot be frozen", model::freeze);
    assertRefused("make the state an input and an output", model::freeze);
  }

  @Test
  void freeze_modelWithUpdates_isRefused() {
    GraphModel model = BatchNormModels.withFactor(Kind.RESOURCE);
    assertRefused("call toInference() first", model::freeze);
  }

  private static void assertRefused(String part, Executable action) {
    var error = assertThrows(IllegalArgumentException.class, action);
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
