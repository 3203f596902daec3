package org.tfmot.techniques.quantization.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.IntegerModels;
import org.tfmot.techniques.quantization.LayerQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestTraining;

/** Quotients by constants become products where integers can hold the reciprocals. */
class QuotientsTest {

  private static final Shape SHAPE = Shape.of(5, 3);

  private static GraphModel model(float... divisors) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("image").placeholder(TFloat32.class, Placeholder.shape(SHAPE));
          Operand<TFloat32> quotient = tf.withName("quotient").math.div(x, tf.array(divisors));
          return Endpoints.builder()
              .input("image", x)
              .output("logits", tf.withName("end").nn.relu(quotient))
              .build();
        });
  }

  @Test
  void quotient_isTheProductWithReciprocals() {
    GraphModel model = model(3, -7, 1.5f);
    GraphModel products = Quotients.asProducts(model, LayerSelector.layers()).model();
    assertTrue(
        products.graphDef().getNodeList().stream()
            .anyMatch(node -> node.getName().equals("quotient") && node.getOp().equals("Mul")));
    try (TFloat32 x = TestTraining.random(SHAPE, 3)) {
      assertArrayEquals(IntegerModels.run(model, x), IntegerModels.run(products, x), 1e-6f);
    }
  }

  private static OptimizationReport report(LayerSelector selector) {
    try (TFloat32 x = TestTraining.random(SHAPE, 3)) {
      return PostTrainingQuantization.builder()
          .select(selector)
          .build()
          .calibrate(model(3, -7, 1.5f), List.of(Map.of("image", x)))
          .report();
    }
  }

  private static List<String> operations(List<OptimizationReport.Entry> entries) {
    return entries.stream().map(OptimizationReport.Entry::operation).toList();
  }

  /** Types and names are those of the model given, whatever a division is written as. */
  @Test
  void selectorsAreAskedAboutTheDivision() {
    LayerSelector divisions = LayerSelector.ofType("Div", "RealDiv");
    OptimizationReport without = report(LayerSelector.layers().except(divisions));
    assertEquals(List.of("quotient"), operations(without.skipped()), without.toString());
    assertEquals("not selected", without.skipped().get(0).detail());
    assertEquals(List.of("end"), operations(without.applied()), without.toString());
    OptimizationReport alone = report(divisions);
    assertEquals(
        List.of("Div"),
        alone.applied().stream()
            .filter(entry -> entry.operation().equals("quotient"))
            .map(Entry::type)
            .toList());
    Exception none =
        assertThrows(IllegalArgumentException.class, () -> report(LayerSelector.ofType("Mul")));
    assertTrue(String.valueOf(none.getMessage()).contains("Mul"), none.getMessage());
  }

  @Test
  void rulesOfTraining_areAskedAboutTheDivision() {
    GraphModel model = model(3, -7, 1.5f).withTraining(true);
    LayerSelector divisions = LayerSelector.ofType("Div", "RealDiv");
    OptimizationReport ruled =
        QuantizationAwareTraining.builder()
            .layer(divisions, LayerQuantization.bits(8, 4))
            .build()
            .apply(model)
            .reports()
            .get(0);
    assertTrue(ruled.toString().contains("4 bits"), ruled.toString());
    OptimizationReport without =
        QuantizationAwareTraining.builder()
            .select(LayerSelector.layers().except(divisions))
            .build()
            .apply(model)
            .reports()
            .get(0);
    assertEquals("not selected", without.skipped().get(0).detail(), without.toString());
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1e-3f, 1e3f, Float.MIN_VALUE, Float.MAX_VALUE})
  void reciprocalsWithoutARangeInCommon_stayInFloat_andTheReportSaysWhy(float divisor) {
    GraphModel model = model(1, divisor, 2);
    assertSame(model, Quotients.asProducts(model, LayerSelector.layers()).model());
    try (TFloat32 x = TestTraining.random(SHAPE, 3)) {
      if (divisor < 1e-20) {
        return; // What it divides by is not one to calibrate with.
      }
      OptimizationReport report =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", x)))
              .report();
      assertEquals("quotient", report.skipped().get(0).operation());
      assertTrue(report.skipped().get(0).detail().contains("8 times"), report.toString());
    }
  }
}
