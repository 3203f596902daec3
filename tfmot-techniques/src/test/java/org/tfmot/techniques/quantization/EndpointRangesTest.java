package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/** The ranges of a model's inputs and outputs, as they were said, in the graph and in the file. */
class EndpointRangesTest {

  private static final int BATCH = 16;
  private static final Shape IMAGE = Shape.of(BATCH, 6);
  private static final Shape METADATA = Shape.of(BATCH, 2);

  /** Nothing reads the second input but a concatenation, with features far beyond its range. */
  private static GraphModel twoInputs() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> metadata =
                  layers
                      .tf()
                      .withName("metadata")
                      .placeholder(TFloat32.class, Placeholder.shape(METADATA));
              Operand<TFloat32> wide =
                  layers.at("wide", "mul").math.mul(x, layers.tf().constant(8f));
              Operand<TFloat32> all =
                  layers
                      .at("all", "concat")
                      .concat(List.of(wide, metadata), layers.tf().constant(1));
              return layers.matMul("dense", all, 3);
            });
    Endpoints endpoints =
        Endpoints.builder()
            .input("image", "image:0")
            .input("metadata", "metadata:0")
            .output("logits", String.valueOf(model.outputs().get("logits")))
            .training(true)
            .build();
    return GraphModel.of(model.graphDef(), endpoints, model.variables().values());
  }

  @Test
  void rangeOfAnInputThatIsJoinedToOthers_isItsOwnAlone() {
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .layer(
                LayerSelector.named("metadata"),
                LayerQuantization.ofActivations(Quantizer.standard().bits(8)))
            .fixedInputRange("metadata", -1, 1)
            .build()
            .apply(twoInputs());
    try (TFloat32 image = TestTraining.random(IMAGE, 1);
        TFloat32 metadata = TestTraining.random(METADATA, 2)) {
      GraphModel simulated =
          IntegerModels.trainedOnce(optimized, Map.of("image", image, "metadata", metadata));
      assertArrayEquals(
          new float[] {-1, 1},
          new float[] {
            QuantizedGraphs.constant(simulated, "metadata/fake_quant", 1)[0],
            QuantizedGraphs.constant(simulated, "metadata/fake_quant", 2)[0]
          },
          0.01f);
      float widest = 8 * Values.largest(values(image));
      assertEquals(
          widest,
          Math.max(
              QuantizedGraphs.constant(simulated, "all/concat/fake_quant", 2)[0],
              -QuantizedGraphs.constant(simulated, "all/concat/fake_quant", 1)[0]),
          0.1f);
      assertAgree(simulated, image, metadata);
    }
  }

  private static void assertAgree(GraphModel simulated, TFloat32 image, TFloat32 metadata) {
    float[] expected;
    try (LiveModel live = simulated.open();
        Result result = live.run(Map.of("image", image, "metadata", metadata))) {
      expected = TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
    float[] actual;
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(simulated).int8().convert())) {
      actual =
          interpreter
              .run(Map.of("image", values(image), "metadata", values(metadata)), BATCH)
              .values()
              .iterator()
              .next();
    }
    // One step each for the concatenation and the product.
    float steps = Values.distance(expected, actual) / IntegerModels.outputStep(simulated);
    assertTrue(steps < 2.01, steps + " steps");
  }

  @Test
  void floatInputThatIsJoinedToOthers_isRefused() {
    assertRefused(
        () -> QuantizationAwareTraining.builder().floatInputs().build().apply(twoInputs()),
        "\"metadata\"",
        "\"all/concat\"",
        "all quantized or none");
  }

  @Test
  void fixedRanges_areThoseOfTheGraphAndOfTheFile() {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, IMAGE, (layers, x) -> layers.matMul("dense", x, 3));
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .fixedInputRange(-2, 2)
            .fixedOutputRange("logits", -16, 16)
            .select(LayerSelector.layers())
            .build()
            .apply(model);
    try (TFloat32 image = TestTraining.random(IMAGE, 1)) {
      GraphModel simulated = IntegerModels.trainedOnce(optimized, image);
      for (String each : List.of("image", "dense/MatMul")) {
        float end = each.equals("image") ? 2 : 16;
        String quantizer = each + "/fake_quant";
        assertEquals(-end, QuantizedGraphs.constant(simulated, quantizer, 1)[0], end / 100);
        assertEquals(end, QuantizedGraphs.constant(simulated, quantizer, 2)[0], end / 100);
      }
      assertEquals(32f / 255, IntegerModels.outputStep(simulated), 1e-6f);
      IntegerModels.assertAgree(simulated, image, values(image), 1, 0.2);
    }
  }

  private static float[] values(TFloat32 tensor) {
    return TensorProtos.toFloats(TensorProtos.of(tensor));
  }
}
