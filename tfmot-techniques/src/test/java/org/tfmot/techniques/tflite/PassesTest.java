package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphCheck;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;

class PassesTest {

  @Test
  void steps_runInOrder_andChecksReturnWhatTheyAreGiven() {
    List<String> seen = new ArrayList<>();
    Passes<String> passes =
        Passes.<String>start()
            .pass("first", text -> text + "a")
            .check("seen", seen::add)
            .then(Passes.<String>start().pass("second", text -> text + "b"));
    assertEquals("ab", passes.run(""));
    assertEquals(List.of("a"), seen);
    assertEquals(
        List.of("first", "seen", "second"), passes.steps().stream().map(s -> s.name()).toList());
  }

  @Test
  void failedCheck_endsTheRun() {
    Passes<String> passes =
        Passes.<String>start()
            .check(
                "never",
                text -> {
                  throw new TfLiteConversionException("no " + text);
                })
            .pass("behind", text -> "not reached");
    assertEquals(
        "no file",
        assertThrows(TfLiteConversionException.class, () -> passes.run("file")).getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void eachPassOverAGraph_leavesAValidGraph(int bits) {
    TensorType type = bits == 8 ? TensorType.INT8 : TensorType.INT16;
    GraphModel simulated;
    try (TFloat32 image = TestTraining.random(Shape.of(4, 8, 8, 3), 1)) {
      GraphModel model = TestLayers.residual(TestLayers.Kind.RESOURCE);
      simulated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .build()
              .calibrate(model, List.of(Map.of("image", image)))
              .model()
              .freezeToFloat32();
    }
    GraphDef graph = simulated.graphDef();
    Passes<GraphDef> passes =
        new GraphConversion(simulated.inputs(), simulated.outputs(), type).lowering(true);
    for (Passes.Step<GraphDef> step : passes.steps()) {
      graph = step.action().apply(graph);
      GraphDef lowered = graph;
      assertDoesNotThrow(() -> GraphCheck.verify(lowered), step.name());
    }
  }
}
