package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;

/** Endpoints that name what a graph has, or has not. */
class EndpointsTest {

  @Test
  void build_missingEndpoints_areNamed() {
    assertRefused(
        "no node \"nowhere\" for the output \"y\"",
        () -> GraphModel.build(tf -> Endpoints.builder().output("y", "nowhere:0").build()));
    for (String role : List.of("input", "update", "operation")) {
      assertRefused(
          "no node \"nowhere\" for the " + role,
          () ->
              GraphModel.build(
                  tf -> {
                    Endpoints.Builder endpoints = Endpoints.builder().output("y", tf.constant(1f));
                    switch (role) {
                      case "input" -> endpoints.input("x", "nowhere");
                      case "update" -> endpoints.update("nowhere");
                      default -> endpoints.operation("nowhere");
                    }
                    return endpoints.build();
                  }));
    }
  }

  @Test
  void build_tensorsThatAreNotThere_areNamed() {
    assertRefused(
        "no tensor \"split:7\" for the output \"y\": \"split\" (Split) has 2 outputs",
        () -> withOutput("split:7"));
    assertEquals("split:1", withOutput("split:1").outputs().get("y"));
    assertRefused("\"nothing\" (NoOp) has 0 outputs", () -> withOutput("nothing"));
    assertRefused("no tensor \"x:1\" for the input \"x\"", () -> withInput("x:1"));
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    assertRefused(
        "no tensor \"y:1\"",
        () ->
            GraphModel.of(
                model.graphDef(),
                Endpoints.builder().output("y", "y:1").build(),
                model.variables().values()));
  }

  @Test
  void endpoint_whatIsNoTensorsName_isNamed() {
    for (String text : List.of("scope:name", "y:", "y:-1", "y:+1", "y:99999999999", "^y")) {
      assertRefused(
          "the output \"probabilities\": \"" + text + "\" is",
          () -> Endpoints.builder().output("probabilities", text));
      assertRefused("\"" + text + "\"", () -> Endpoints.builder().input("image", text));
    }
  }

  private static GraphModel withOutput(String tensor) {
    return GraphModel.build(tf -> split(tf).output("y", tensor).build());
  }

  private static void withInput(String tensor) {
    GraphModel.build(tf -> split(tf).input("x", tensor).output("y", "split").build());
  }

  private static Endpoints.Builder split(Ops tf) {
    Operand<TFloat32> x = TestModels.input(tf, "x", 4);
    tf.withName("split").split(tf.constant(0), x, 2L);
    tf.withName("nothing").noOp();
    return Endpoints.builder();
  }

  @Test
  void mode_isFoundOutUnlessSaid() {
    GraphModel batchNorm = BatchNormModels.withFactor(Kind.RESOURCE);
    Endpoints silent = Endpoints.builder().output("y", batchNorm.outputs().get("y")).build();
    assertTrue(rebuilt(batchNorm, silent).isTraining());
    assertFalse(rebuilt(batchNorm, silent.toBuilder().training(false).build()).isTraining());
    assertFalse(batchNorm.toInference().isTraining());
    assertFalse(batchNorm.toInference().canTrain());
    GraphModel taken = batchNorm.toInference().withTraining(true);
    assertTrue(taken.isTraining());
    assertEquals(batchNorm.toInference().graphDef(), taken.graphDef());
    GraphModel dense = TestModels.dense(Kind.RESOURCE);
    assertFalse(dense.isTraining());
    assertTrue(dense.canTrain());
  }

  private static GraphModel rebuilt(GraphModel model, Endpoints endpoints) {
    return GraphModel.of(model.graphDef(), endpoints, model.variables().values());
  }

  private static void assertRefused(String part, Executable action) {
    var error = assertThrows(IllegalArgumentException.class, action);
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }
}
