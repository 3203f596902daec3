package com.example.ternary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apiguardian.api.API;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteTensor;

class TernaryWeightsTest {

  private static final int BATCH = 4;
  private static final int STEPS = 3;
  private static final double SPARSITY = 0.5;
  private static final List<String> KERNELS =
      List.of("stem/kernel", "conv1/kernel", "conv2/kernel", "conv3/kernel", "logits/kernel");
  private static final Technique TERNARY = TernaryWeights.of(LayerSelector.layers());

  private static GraphModel dense(float... weights) {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 4),
        (layers, x) ->
            layers
                .at("dense", "MatMul")
                .linalg
                .matMul(
                    x, layers.weight("dense", "kernel", Shape.of(4, weights.length / 4), weights)));
  }

  private static float[] normal(int count) {
    Random random = new Random(5);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] value(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }

  /** The definition, in double, over the weights of one channel after the other. */
  private static float[] ternary(float[] weights, int channels) {
    float[] ternary = new float[weights.length];
    for (int channel = 0; channel < channels; channel++) {
      double sum = 0;
      for (int i = channel; i < weights.length; i += channels) {
        sum += Math.abs(weights[i]);
      }
      double threshold = 0.7 * sum / (weights.length / channels);
      double large = 0;
      int count = 0;
      for (int i = channel; i < weights.length; i += channels) {
        large += Math.abs(weights[i]) > threshold ? Math.abs(weights[i]) : 0;
        count += Math.abs(weights[i]) > threshold ? 1 : 0;
      }
      for (int i = channel; i < weights.length; i += channels) {
        ternary[i] =
            Math.abs(weights[i]) > threshold
                ? (float) (Math.signum(weights[i]) * large / count)
                : 0;
      }
    }
    return ternary;
  }

  private static Set<Float> distinct(float[] values) {
    Set<Float> distinct = new HashSet<>();
    for (float value : values) {
      distinct.add(value);
    }
    return distinct;
  }

  private static Optimized apply(GraphModel model, String order) {
    Optimized optimized = Optimized.of(model);
    for (String name : order.split(" ")) {
      optimized =
          switch (name) {
            case "prune" ->
                Pruning.builder()
                    .schedule(ConstantSparsity.of(SPARSITY, 0, 2, 1))
                    .build()
                    .apply(optimized);
            case "quantize" -> QuantizationAwareTraining.create().apply(optimized);
            case "cluster" -> Clustering.builder().clusters(8).build().apply(optimized);
            default -> TERNARY.apply(optimized);
          };
    }
    return optimized;
  }

  private static Optimized trained(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
      }
      return training.trained();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void weights_haveTheValuesOfTheDefinition_atEveryStep(Kind kind) {
    try (TestTraining training =
        new TestTraining(TERNARY.apply(TestLayers.residual(kind)), BATCH)) {
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
        GraphModel stripped = training.trained().strip();
        for (String kernel : KERNELS) {
          float[] expected = ternary(training.value(kernel), 1);
          assertArrayEquals(expected, value(stripped, kernel), 1e-6f, kernel + " at " + step);
          assertEquals(3, distinct(value(stripped, kernel)).size(), kernel);
        }
      }
    }
  }

  @Test
  void perChannel_eachChannelHasItsOwnScale() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    GraphModel stripped =
        TernaryWeights.of(LayerSelector.layers()).perChannel().apply(model).strip();
    for (String kernel : KERNELS) {
      Shape shape = model.variable(kernel).shape();
      int channels = (int) shape.get(shape.numDimensions() - 1);
      assertArrayEquals(
          ternary(value(model, kernel), channels), value(stripped, kernel), 1e-6f, kernel);
      assertTrue(distinct(value(stripped, kernel)).size() > 3, kernel);
    }
  }

  @Test
  void zeroWeights_stayZero() {
    float[] zeros = new float[16];
    assertArrayEquals(zeros, value(TERNARY.apply(dense(zeros)).strip(), "dense/kernel"));
  }

  @Test
  void gradients_reachTheWeightsAsIfTheyWereNotTernary() {
    float[] weights = normal(16);
    try (TestTraining training = new TestTraining(TERNARY.apply(dense(weights)), 1)) {
      float[] inputs = {1, -2, 3, 0.5f};
      float[] expected = new float[16];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = inputs[i / 4];
      }
      TFloat32 image = TFloat32.tensorOf(Shape.of(1, 4));
      for (int i = 0; i < inputs.length; i++) {
        image.setFloat(inputs[i], 0, i);
      }
      assertArrayEquals(expected, training.gradientOfSum("dense/kernel", image), 1e-6f);
    }
  }

  @Test
  void training_lowersTheLoss() {
    try (TestTraining training =
        new TestTraining(TERNARY.apply(TestLayers.residual(Kind.RESOURCE)), 8)) {
      float before = training.loss(0);
      for (int step = 0; step < 40; step++) {
        training.step(0);
      }
      float after = training.loss(0);
      assertTrue(after < before / 2, before + " became " + after);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"prune ternary", "ternary prune"})
  void withPruning_zerosOfTheMaskStay_andThereAreThreeValues(String order) {
    Optimized optimized = trained(apply(TestLayers.residual(Kind.RESOURCE), order));
    GraphModel stripped = optimized.strip();
    for (String kernel : KERNELS) {
      float[] mask = value(optimized.model(), kernel + "/pruning_mask");
      float[] values = value(stripped, kernel);
      int zeros = 0;
      for (int i = 0; i < mask.length; i++) {
        assertTrue(mask[i] == 1 || values[i] == 0, kernel + " " + i + " is " + values[i]);
        zeros += mask[i] == 0 ? 1 : 0;
      }
      assertEquals(mask.length - Math.round(mask.length * (1 - SPARSITY)), zeros, kernel);
      assertEquals(3, distinct(values).size(), kernel);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ternary quantize",
        "quantize ternary",
        "prune ternary quantize",
        "ternary prune quantize",
        "ternary quantize prune",
        "quantize ternary prune"
      })
  void withQuantization_theIntegerFileHasThreeIntegersInEachChannel(String order) {
    GraphModel stripped = trained(apply(TestLayers.residual(Kind.RESOURCE), order)).strip();
    List<TfLiteTensor> kernels = new ArrayList<>();
    for (TfLiteTensor weight : TfLiteConverter.of(stripped).int8().convert().weights()) {
      if (weight.shape().numDimensions() > 1) {
        kernels.add(weight);
        weight.distinctCounts(0).forEach(count -> assertTrue(count <= 3, weight.toString()));
      }
    }
    assertEquals(KERNELS.size(), kernels.size());
  }

  @Test
  void checkpoint_goesOnToEqualResults(@TempDir Path folder) {
    Optimized ternary = TERNARY.apply(TestLayers.residual(Kind.RESOURCE));
    GraphModel half;
    try (TestTraining training = new TestTraining(ternary, BATCH)) {
      training.step(0);
      half = training.trained().model();
    }
    half.saveCheckpoint(folder.resolve("ckpt"));
    GraphModel restored = ternary.model().restore(folder.resolve("ckpt"));
    assertEquals(
        afterOneMoreStep(ternary.withModel(half)), afterOneMoreStep(ternary.withModel(restored)));
  }

  private static Object afterOneMoreStep(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.step(1);
      return training.trained().strip().variables();
    }
  }

  @Test
  void strip_leavesTheGraphThatTheModelHasInInference() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    assertEquals(model.toInference().graphDef(), TERNARY.apply(model).strip().graphDef());
  }

  @Test
  void selector_isHeeded_andTheReportSaysIt() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Optimized ternary =
        TernaryWeights.of(LayerSelector.layers().except("stem", "logits"))
            .perChannel()
            .apply(model);
    OptimizationReport report = ternary.reports().get(0);
    assertEquals("ternary weights", report.technique());
    assertEquals(
        List.of("conv1/Conv2D", "conv2/Conv2D", "conv3/Conv2D"),
        report.applied().stream().map(OptimizationReport.Entry::operation).sorted().toList());
    assertTrue(report.applied().get(0).detail().startsWith("-a, 0, a a channel on conv"));
    assertTrue(
        report
            .skipped()
            .contains(new OptimizationReport.Entry("stem/Conv2D", "Conv2D", "not selected")),
        report.toString());
    assertArrayEquals(value(model, "stem/kernel"), value(ternary.strip(), "stem/kernel"));
  }

  @ParameterizedTest
  @CsvSource({
    "ternary ternary, has few distinct values already",
    "cluster ternary, has few distinct values already",
    "ternary cluster, has few distinct values already"
  })
  void fewValuesTwice_areRefused(String order, String reason) {
    assertRefused(
        () -> apply(TestLayers.residual(Kind.RESOURCE), order), "\"stem/kernel\"", reason);
  }

  @Test
  void whatCannotBeTernary_isRefusedWithTheReason() {
    assertRefused(
        () -> TERNARY.apply(TestLayers.residual(Kind.RESOURCE).toInference()), "training mode");
    assertRefused(
        () -> TERNARY.apply(TestLayers.model(Kind.RESOURCE, Shape.of(-1, 4), (l, x) -> x)),
        "nothing to change by ternary weights: no layer");
    assertRefused(
        () -> TernaryWeights.of((name, type) -> false).apply(dense(normal(16))),
        "nothing to change by ternary weights",
        "dense/MatMul (MatMul): not selected");
    float[] broken = normal(16);
    broken[3] = Float.NaN;
    assertRefused(() -> TERNARY.apply(dense(broken)), "\"dense/kernel\"", "not finite: NaN");
    assertRefused(
        () -> TernaryWeights.of(LayerSelector.named("nowhere")).apply(dense(normal(16))),
        "nowhere");
  }

  @Test
  void trainedValuesThatWereNotTakenIn_areNoticed() {
    Optimized ternary = TERNARY.apply(dense(normal(16)));
    trained(ternary);
    String message = assertThrows(IllegalStateException.class, ternary::strip).getMessage();
    assertTrue(message.contains("withModel(live.snapshot())"), message);
  }

  @Test
  void config_makesTheTechnique() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Technique technique = new TernaryConfig(null, true, List.of("stem")).create();
    Optimized ternary = technique.apply(model);
    assertEquals("ternary", new TernaryConfig().section());
    assertEquals(4, ternary.reports().get(0).applied().size());
    assertTrue(distinct(value(ternary.strip(), "conv1/kernel")).size() > 3);
  }

  @Test
  void technique_usesWhatIsPublicAndSupportedAlone() throws Exception {
    List<String> types =
        Files.readAllLines(Path.of("src/test/java/com/example/ternary/TernaryWeights.java"))
            .stream()
            .filter(line -> line.matches("import (static )?org\\.tfmot\\..*"))
            .map(line -> line.replaceAll("import (static )?|(?<=[a-z])\\.[A-Z_]+;|;", ""))
            .distinct()
            .toList();
    assertTrue(types.size() >= 6, types.toString());
    for (String type : types) {
      API api = Class.forName(type).getAnnotation(API.class);
      assertEquals(API.Status.EXPERIMENTAL, api.status(), type);
    }
  }
}
