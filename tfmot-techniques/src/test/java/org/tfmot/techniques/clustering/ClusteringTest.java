package org.tfmot.techniques.clustering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.Refusals;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

class ClusteringTest {

  private static final int BATCH = 4;
  private static final String KERNEL = "dense/kernel";
  private static final String CENTROIDS = KERNEL + ClusterNodes.CENTROIDS;

  /** A matrix product of four inputs with four units. */
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

  private static Clustering clusters(int count) {
    return Clustering.builder().clusters(count).build();
  }

  private static float[] normal(int count) {
    Random random = new Random(3);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Set<Float> distinct(float... values) {
    Set<Float> distinct = new HashSet<>();
    for (float value : values) {
      distinct.add(value);
    }
    return distinct;
  }

  private static float[] weight(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }

  /** The nearest centroid, by comparing with all. */
  private static float nearest(float weight, float[] centroids) {
    float nearest = centroids[0];
    for (float centroid : centroids) {
      nearest = Math.abs(weight - centroid) < Math.abs(weight - nearest) ? centroid : nearest;
    }
    return nearest;
  }

  @ParameterizedTest
  @EnumSource(CentroidInitialization.class)
  void apply_everyWeightIsItsNearestCentroid(CentroidInitialization how) {
    float[] weights = normal(64);
    Optimized clustered =
        Clustering.builder().clusters(5).initialization(how).build().apply(dense(weights));
    float[] centroids = weight(clustered.model(), CENTROIDS);
    float[] stripped = weight(clustered.strip(), KERNEL);
    for (int i = 0; i < weights.length; i++) {
      assertEquals(nearest(weights[i], centroids), stripped[i], "weight " + weights[i]);
    }
  }

  @Test
  @DisplayName("vector 40: reassociation")
  void weights_moveToTheNearerCentroid() {
    float[] weights = normal(16);
    float mean = 0;
    float range = 10;
    Optimized clustered = clusters(2).apply(dense(weights));
    for (boolean first : new boolean[] {true, false}) {
      float[] centroids =
          first ? new float[] {mean, mean + 2 * range} : new float[] {mean - 2 * range, mean};
      float[] stripped =
          weight(clustered.withModel(with(clustered, CENTROIDS, centroids)).strip(), KERNEL);
      assertEquals(Set.of(mean), distinct(stripped));
    }
  }

  private static GraphModel with(Optimized optimized, String variable, float... values) {
    GraphModel model = optimized.model();
    return model.withValues(
        Map.of(variable, TensorProtos.floats(model.variable(variable).shape(), values)));
  }

  @ParameterizedTest
  @DisplayName("vector 38: gradients of centroids")
  @CsvSource({
    "1111100001100010, SUM, 8, 8",
    "1111100001100010, AVG, 1, 1",
    "1111111111111111, SUM, 0, 16",
    "1111111111111111, AVG, 0, 1"
  })
  void centroids_takeTheGradientsOfTheirWeights(
      String index, GradientAggregation aggregation, float first, float second) {
    float[] weights = new float[16];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = index.charAt(i) == '1' ? 5 : -5;
    }
    Optimized clustered =
        Clustering.builder().clusters(2).aggregation(aggregation).build().apply(dense(weights));
    GraphModel model = with(clustered, CENTROIDS, -5, 5);
    // Ones as inputs of a batch of one, and the loss that makes the logits' gradient 1.
    try (TestTraining training = new TestTraining(clustered.withModel(model), 1)) {
      assertArrayEquals(
          new float[] {first, second},
          training.gradientOfSum(CENTROIDS, ones(Shape.of(1, 4))),
          1e-6f);
      float[] straight = new float[16];
      Arrays.fill(straight, 1);
      assertArrayEquals(straight, training.gradientOfSum(KERNEL, ones(Shape.of(1, 4))), 1e-6f);
    }
  }

  private static TFloat32 ones(Shape shape) {
    TFloat32 ones = TFloat32.tensorOf(shape);
    ones.scalars().forEach(scalar -> scalar.setFloat(1));
    return ones;
  }

  @Test
  void centroidGradient_isTheNumericalOne() {
    Optimized clustered =
        Clustering.builder()
            .clusters(3)
            .aggregation(GradientAggregation.SUM)
            .build()
            .apply(dense(normal(16)));
    float[] centroids = weight(clustered.model(), CENTROIDS);
    float[] analytic;
    try (TestTraining training = new TestTraining(clustered, BATCH)) {
      analytic = training.gradient(CENTROIDS, 0);
    }
    float h = 1e-3f;
    for (int k = 0; k < centroids.length; k++) {
      float[] above = centroids.clone();
      float[] below = centroids.clone();
      above[k] += h;
      below[k] -= h;
      double slope = (loss(clustered, above) - loss(clustered, below)) / (2 * h);
      assertEquals(slope, analytic[k], 2e-2 * Math.max(1, Math.abs(slope)), "centroid " + k);
    }
  }

  private static double loss(Optimized clustered, float[] centroids) {
    GraphModel model = with(clustered, CENTROIDS, centroids);
    // A step returns the loss before it.
    try (TestTraining training = new TestTraining(clustered.withModel(model), BATCH)) {
      return training.bareStep(0);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void training_hasNoMoreValuesThanClusters_atEveryStep(Kind kind) {
    Optimized clustered = clusters(4).apply(TestLayers.residual(kind));
    try (TestTraining training = new TestTraining(clustered, BATCH)) {
      float[] before = training.value("conv1/kernel");
      for (int step = 0; step < 5; step++) {
        training.step(step);
        GraphModel stripped = training.trained().strip();
        for (String layer : List.of("stem", "conv1", "conv2", "conv3", "logits")) {
          int count = distinct(weight(stripped, layer + "/kernel")).size();
          assertTrue(count <= 4, layer + " has " + count + " values at step " + step);
        }
      }
      assertTrue(!Arrays.equals(before, training.value("conv1/kernel")), "weights do not train");
    }
  }

  @Test
  void training_movesCentroidsAndWeights_andStripKeepsWhatTheModelComputes() {
    Optimized clustered = clusters(4).apply(TestLayers.residual(Kind.RESOURCE));
    float[] before = weight(clustered.model(), "conv1/kernel" + ClusterNodes.CENTROIDS);
    try (TestTraining training = new TestTraining(clustered, BATCH);
        TFloat32 image = training.image(99)) {
      for (int step = 0; step < 3; step++) {
        training.step(step);
      }
      Optimized trained = training.trained();
      assertNotEquals(
          Arrays.toString(before),
          Arrays.toString(weight(trained.model(), "conv1/kernel" + ClusterNodes.CENTROIDS)));
      assertArrayEquals(
          TestTraining.run(trained.model().toInference(), image),
          TestTraining.run(trained.strip(), image),
          1e-5f);
      assertTrue(
          trained.strip().variables().keySet().stream().noneMatch(name -> name.contains("cluster")),
          trained.strip().variables().keySet().toString());
    }
  }

  @Test
  void perChannel_everyChannelHasItsOwnValues() {
    Optimized clustered =
        Clustering.builder()
            .clusters(4)
            .perChannel()
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    assertEquals(8 * 4, weight(clustered.model(), "conv1/kernel" + ClusterNodes.CENTROIDS).length);
    try (TestTraining training = new TestTraining(clustered, BATCH)) {
      training.step(0);
      training.step(1);
      float[] kernel = weight(training.trained().strip(), "conv1/kernel");
      assertTrue(distinct(kernel).size() > 4, "one set for all channels");
      for (int channel = 0; channel < 8; channel++) {
        List<Float> values = new ArrayList<>();
        for (int i = channel; i < kernel.length; i += 8) {
          values.add(kernel[i]);
        }
        assertTrue(new HashSet<>(values).size() <= 4, "channel " + channel);
      }
    }
  }

  @Test
  void perChannel_startsEachChannelFromItsOwnWeights() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    float[] kernel = weight(model, "conv1/kernel");
    Optimized clustered = Clustering.builder().clusters(4).perChannel().build().apply(model);
    float[] centroids = weight(clustered.model(), "conv1/kernel" + ClusterNodes.CENTROIDS);
    float[] stripped = weight(clustered.strip(), "conv1/kernel");
    for (int i = 0; i < kernel.length; i++) {
      float[] own = Arrays.copyOfRange(centroids, i % 8 * 4, i % 8 * 4 + 4);
      assertEquals(nearest(kernel[i], own), stripped[i]);
    }
  }

  @ParameterizedTest
  @EnumSource(GradientAggregation.class)
  void preserveZeros_everyZeroStays_atEveryStep(GradientAggregation aggregation) {
    float[] weights = normal(64);
    for (int i = 0; i < weights.length; i += 2) {
      weights[i] = 0;
    }
    Optimized clustered =
        Clustering.builder()
            .clusters(5)
            .preserveZeros()
            .aggregation(aggregation)
            .build()
            .apply(dense(weights));
    try (TestTraining training = new TestTraining(clustered, BATCH)) {
      for (int step = 0; step < 4; step++) {
        training.step(step);
        float[] now = weight(training.trained().strip(), KERNEL);
        assertTrue(distinct(now).size() <= 5, distinct(now).toString());
        for (int i = 0; i < weights.length; i += 2) {
          assertEquals(0f, now[i], "weight " + i + " at step " + step);
        }
      }
    }
  }

  @Test
  void checkpoint_goesOnToEqualResults(@TempDir Path folder) {
    Optimized clustered = clusters(4).apply(TestLayers.residual(Kind.RESOURCE));
    GraphModel half;
    try (TestTraining training = new TestTraining(clustered, BATCH)) {
      training.step(0);
      half = training.trained().model();
    }
    Path prefix = folder.resolve("ckpt");
    half.saveCheckpoint(prefix);
    GraphModel restored = clustered.model().restore(prefix);
    assertEquals(half.variables(), restored.variables());
    assertEquals(
        after(clustered.withModel(half)).variables(),
        after(clustered.withModel(restored)).variables());
  }

  private static GraphModel after(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.step(1);
      return training.trained().model();
    }
  }

  @Test
  void layerWithFewWeights_isLeftAlone_andNamed() {
    Optimized clustered = clusters(40).apply(TestLayers.residual(Kind.RESOURCE));
    List<Entry> skipped = clustered.reports().get(0).skipped();
    assertEquals(
        List.of(new Entry("logits/MatMul", "MatMul", "30 weights are no more than 40 clusters")),
        skipped);
  }

  @Test
  void selector_isHeeded() {
    Optimized clustered =
        Clustering.builder()
            .clusters(4)
            .select(LayerSelector.named("conv1"))
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    assertEquals(1, clustered.reports().get(0).applied().size());
    assertEquals(
        "4 clusters on conv1/kernel",
        clustered.reports().get(0).applied().get(0).detail().substring(0, 26));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1})
  void clusters_tooFew_areRefused(int count) {
    refused("at least 2, not " + count, () -> Clustering.builder().clusters(count).build());
  }

  @Test
  void clusters_notSet_isRefused() {
    refused("needs a number of clusters", () -> Clustering.builder().build());
  }

  @Test
  void zeros_withTwoClusters_areRefused() {
    refused(
        "at least 3 where zeros stay, not 2",
        () -> Clustering.builder().clusters(2).preserveZeros().build());
  }

  @Test
  void modelForInference_isRefused() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE).toInference();
    refused("training mode", () -> clusters(4).apply(model));
  }

  @Test
  void clusteredTwice_isRefused() {
    Optimized once = clusters(4).apply(dense(normal(16)));
    refused(
        "\"dense/kernel\" of \"dense/MatMul\" is clustered already", () -> clusters(4).apply(once));
  }

  @Test
  void nothingSelected_isRefused() {
    UnaryOperator<Clustering.Builder> none = b -> b.select((name, type) -> false);
    refused(
        "nothing to cluster",
        () -> none.apply(Clustering.builder().clusters(4)).build().apply(dense(normal(16))));
  }

  @Test
  void weightThatIsNotFinite_isRefused() {
    float[] weights = normal(16);
    weights[7] = Float.NaN;
    refused(
        "\"dense/kernel\" has a value that is not finite: NaN",
        () -> clusters(4).apply(dense(weights)));
  }

  private static void refused(String sentence, Executable what) {
    Refusals.assertRefused(what, sentence);
  }
}
