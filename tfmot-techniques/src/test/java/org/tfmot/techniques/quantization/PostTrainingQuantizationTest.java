package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.quantization.plan.BatchNormFolding;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

class PostTrainingQuantizationTest {

  private static final Shape IMAGES = Shape.of(5, 8, 8, 3);
  private static final PostTrainingQuantization QUANTIZATION =
      PostTrainingQuantization.builder().build();

  @ParameterizedTest
  @EnumSource(Kind.class)
  void ranges_areThoseOfALoopOverAllSamples(Kind kind) {
    GraphModel model = TestLayers.residual(kind);
    GraphModel quantized = calibrate(QUANTIZATION, model, 7).model();
    GraphModel folded = BatchNormFolding.fold(model.toInference()).model();
    Map<String, Range> expected = new HashMap<>();
    try (LiveModel live = folded.open()) {
      for (int sample = 0; sample < 7; sample++) {
        try (TFloat32 image = TestTraining.random(IMAGES, sample)) {
          for (String tensor : quantizers(quantized)) {
            String source =
                tensor.equals("average/AvgPool/fake_quant")
                    ? "conv3/relu6" // An average has the range of what it is an average of.
                    : tensor.replace("/fake_quant", "");
            float[] values =
                source.equals("image")
                    ? TensorProtos.toFloats(TensorProtos.of(image))
                    : fetch(live, image, source);
            Range range = Range.of(values);
            expected.merge(tensor, range, (a, b) -> a.union(b.min(), b.max()));
          }
        }
      }
    }
    assertEquals(9, expected.size());
    GraphEditor graph = new GraphEditor(quantized.graphDef());
    expected.forEach(
        (tensor, range) -> {
          assertEquals(range.min(), constant(graph, tensor, 1), tensor);
          assertEquals(range.max(), constant(graph, tensor, 2), tensor);
        });
  }

  @Test
  void result_isBuiltLikeThatOfQuantizationAwareTraining() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    GraphModel calibrated = calibrate(QUANTIZATION, model, 1).model();
    Optimized optimized = QuantizationAwareTraining.create().apply(model);
    GraphModel trained;
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.step(0);
      trained = training.trained().strip();
    }
    assertEquals(structure(trained), structure(calibrated));
    assertEquals(trained.outputs(), calibrated.outputs());
    assertEquals(trained.variables().keySet(), calibrated.variables().keySet());
  }

  @Test
  void result_answersNearlyAsTheFloatModel() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Calibrated calibrated = calibrate(QUANTIZATION, model, 5);
    assertEquals(List.of(), calibrated.report().skipped());
    try (TFloat32 image = TestTraining.random(IMAGES, 3)) {
      float[] expected = TestTraining.run(model.toInference(), image);
      float[] actual = TestTraining.run(calibrated.model(), image);
      float error = Values.distance(expected, actual) / Values.largest(expected);
      assertTrue(error > 0 && error < 0.05, "relative error " + error);
    }
    assertFalse(calibrated.model().isTraining());
  }

  @Test
  void samplesOfDifferentSizes_areReadOnceAndOneAtATime() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    List<Integer> read = new ArrayList<>();
    List<TFloat32> open = new ArrayList<>();
    Iterable<Map<String, TFloat32>> samples =
        () ->
            List.of(1, 4, 2).stream()
                .peek(read::add)
                .map(
                    n -> {
                      // Whoever keeps a sample when the next one is read has a closed one.
                      open.forEach(TFloat32::close);
                      open.clear();
                      open.add(TestTraining.random(Shape.of(n, 8, 8, 3), n));
                      return Map.of("image", open.get(0));
                    })
                .iterator();
    GraphModel quantized = QUANTIZATION.calibrate(model, samples).model();
    open.forEach(TFloat32::close);
    assertEquals(List.of(1, 4, 2), read);
    assertTrue(
        Float.isFinite(constant(new GraphEditor(quantized.graphDef()), "image/fake_quant", 2)));
  }

  @Test
  void selection_leavesTheRestInFloat() {
    PostTrainingQuantization quantization =
        PostTrainingQuantization.builder().select(LayerSelector.named("conv1")).build();
    Calibrated calibrated = calibrate(quantization, TestLayers.residual(Kind.RESOURCE), 1);
    assertEquals(
        Set.of("stem/relu/fake_quant", "conv1/relu/fake_quant"), quantizers(calibrated.model()));
    assertTrue(
        calibrated.report().skipped().stream()
            .anyMatch(
                e -> e.operation().equals("stem/Conv2D") && e.detail().equals("not selected")));
  }

  @Test
  void samplesWithoutAnExample_areRefused() {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, Shape.of(-1, 6), (layers, x) -> layers.matMul("one", x, 4));
    try (TFloat32 empty = TFloat32.tensorOf(Shape.of(0, 6))) {
      assertRefused(
          () -> QUANTIZATION.calibrate(model, List.of(Map.of("image", empty))),
          "sample 0 has no example: its tensor for the input \"image\" has the shape [0, 6]");
    }
  }

  @Test
  void logSoftmaxOf16Bits_isNotCutOff() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> layers.at("p", "log").nn.logSoftmax(layers.matMul("one", x, 4)));
    try (TFloat32 input = TestTraining.random(Shape.of(16, 6), 1)) {
      GraphModel quantized =
          PostTrainingQuantization.builder()
              .activationBits(16)
              .build()
              .calibrate(model, List.of(Map.of("image", input)))
              .model();
      float[] exact = TestTraining.run(model.toInference(), input);
      float distance = Values.distance(exact, TestTraining.run(quantized, input));
      assertTrue(Values.largest(exact) > 2);
      assertTrue(distance < 0.05, "distance " + distance);
    }
  }

  @Test
  void noSamples_isRefused() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> QUANTIZATION.calibrate(model, List.<Map<String, TFloat32>>of()));
    assertTrue(e.getMessage().contains("at least one sample"), e.getMessage());
    assertTrue(e.getMessage().contains("image"), e.getMessage());
  }

  @Test
  void sampleOfAnotherShape_isRefused() {
    try (TFloat32 flat = TestTraining.random(Shape.of(1, 10), 1)) {
      List<Map<String, TFloat32>> samples = List.of(Map.of("image", flat));
      GraphModel model = TestLayers.residual(Kind.RESOURCE);
      Exception e =
          assertThrows(
              IllegalArgumentException.class, () -> QUANTIZATION.calibrate(model, samples));
      assertTrue(String.valueOf(e.getMessage()).contains("[1, 10]"), e.getMessage());
    }
  }

  @Test
  void sampleWithATensorForNoInput_isRefused() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      assertRefused(
          IllegalArgumentException.class,
          () -> QUANTIZATION.calibrate(model, List.of(Map.of("image", image, "images", image))),
          "sample 0 has a tensor for \"images\"",
          "the nearest is \"image\"");
    }
  }

  @Test
  void sampleWithoutTheInput_isRefused() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      List<Map<String, TFloat32>> samples =
          List.of(Map.of("image", image), Map.of("pixels", image));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> QUANTIZATION.calibrate(model, samples));
      assertTrue(e.getMessage().contains("sample 1"), e.getMessage());
      assertTrue(e.getMessage().contains("\"image\""), e.getMessage());
    }
  }

  @Test
  void weightThatIsNotFinite_isRefused_alsoIfNoSampleReadsIt() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 1),
            (layers, x) -> {
              float[] rows = {1, 2, Float.NaN, 4};
              Operand<TFloat32> table = layers.weight("e", "table", Shape.of(2, 2), rows);
              Operand<TInt32> ids = layers.tf().dtypes.cast(x, TInt32.class);
              return layers.at("e", "rows").gather(table, ids, layers.tf().constant(0));
            });
    try (TFloat32 first = TFloat32.tensorOf(Shape.of(1, 1))) {
      List<Map<String, TFloat32>> samples = List.of(Map.of("image", first));
      String message =
          assertThrows(IllegalArgumentException.class, () -> QUANTIZATION.calibrate(model, samples))
              .getMessage();
      assertTrue(message.contains("is not finite: NaN"), message);
    }
  }

  @Test
  void valueThatIsNotFinite_isRefusedWithTheTensorsName() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] values = Values.of(192, i -> i == 100 ? value : 0.5);
      try (TFloat32 image = TFloat32.tensorOf(Shape.of(1, 8, 8, 3), DataBuffers.of(values))) {
        GraphModel model = TestLayers.residual(Kind.RESOURCE);
        List<Map<String, TFloat32>> samples = List.of(Map.of("image", image));
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class, () -> QUANTIZATION.calibrate(model, samples));
        assertTrue(e.getMessage().contains("not finite"), e.getMessage());
        assertTrue(e.getMessage().contains("sample 0 gives the tensor \""), e.getMessage());
      }
    }
  }

  @Test
  void quantizedModel_isRefused() {
    GraphModel quantized = calibrate(QUANTIZATION, TestLayers.residual(Kind.RESOURCE), 1).model();
    assertThrows(IllegalArgumentException.class, () -> calibrate(QUANTIZATION, quantized, 1));
  }

  @Test
  void givenModel_staysAsItIs() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      float[] before = TestTraining.run(model, image);
      calibrate(QUANTIZATION, model, 1);
      assertArrayEquals(before, TestTraining.run(model, image));
    }
    assertTrue(model.isTraining());
  }

  private static Calibrated calibrate(
      PostTrainingQuantization quantization, GraphModel model, int count) {
    List<TFloat32> images = new ArrayList<>();
    try {
      for (int sample = 0; sample < count; sample++) {
        images.add(TestTraining.random(IMAGES, sample));
      }
      return quantization.calibrate(
          model, images.stream().map(image -> Map.of("image", image)).toList());
    } finally {
      images.forEach(TFloat32::close);
    }
  }

  private static float[] fetch(LiveModel live, TFloat32 image, String tensor) {
    try (Result result =
        live.session().runner().feed(live.input("image"), image).fetch(tensor).run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  /** The quantizers of activations. */
  private static Set<String> quantizers(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .filter(node -> node.getOp().equals("FakeQuantWithMinMaxVars"))
        .map(NodeDef::getName)
        .filter(name -> !name.contains("/input1/"))
        .collect(Collectors.toSet());
  }

  private static float constant(GraphEditor graph, String node, int input) {
    NodeDef constant = graph.input(graph.node(node), input);
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
  }

  /** Every node with its operation and inputs. */
  private static Set<String> structure(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .map(node -> node.getName() + " = " + node.getOp() + node.getInputList())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
