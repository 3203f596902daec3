package org.tfmot.techniques.clustering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.FileWeights;
import org.tfmot.techniques.testing.LayerCase;
import org.tfmot.techniques.testing.TechniqueSpec;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteTensor;
import org.tfmot.techniques.weights.StaticTensors;

/** What clustering promises, for every layer in every configuration. */
class ClusteringSpecTest {

  private static final int CLUSTERS = 3;
  private static final int STEPS = 2;
  private static final String KERNEL = LayerCase.KERNEL;
  private static final String CLUSTERED = KERNEL + "_clustered";
  private static final String CENTROIDS = KERNEL + ClusterNodes.CENTROIDS;

  enum Granularity {
    PER_TENSOR,
    PER_CHANNEL
  }

  enum Zeros {
    MOVE,
    STAY
  }

  /** A configuration, and the brute force to hold it against. */
  private record Spec(
      LayerCase layer,
      CentroidInitialization initialization,
      GradientAggregation aggregation,
      Granularity granularity,
      Zeros zeros) {

    Optimized apply() {
      Clustering.Builder builder =
          Clustering.builder()
              .clusters(CLUSTERS)
              .initialization(initialization)
              .aggregation(aggregation)
              .depthwise();
      if (granularity == Granularity.PER_CHANNEL) {
        builder.perChannel();
      }
      if (zeros == Zeros.STAY) {
        builder.preserveZeros();
      }
      return builder.build().apply(model());
    }

    /** Every third weight is 0. */
    private GraphModel model() {
      GraphModel model = layer.model(Kind.RESOURCE);
      Shape shape = model.variable(KERNEL).shape();
      float[] values = TensorProtos.toFloats(model.variable(KERNEL).value());
      float[] some = Values.of(values.length, i -> i % 3 == 0 ? 0 : values[i]);
      return model.withValues(Map.of(KERNEL, TensorProtos.floats(shape, some)));
    }

    /** Whether channels have centroids of their own: those of convolutions over planes. */
    boolean byChannel() {
      return granularity == Granularity.PER_CHANNEL && layer.type().equals("Conv2D");
    }

    /** Whether this asks for channels in a layer that has none: one case of the two is enough. */
    boolean isAsPerTensor() {
      return granularity == Granularity.PER_CHANNEL && !byChannel();
    }

    Spec with(Granularity other) {
      return new Spec(layer, initialization, aggregation, other, zeros);
    }

    int rowCount(Shape shape) {
      return byChannel() ? (int) shape.get(shape.numDimensions() - 1) : 1;
    }

    /** The centroids as they act: if zeros stay, the first one nearest to 0 in each row is 0. */
    float[] acting(float[] initial, float[] now) {
      float[] acting = now.clone();
      for (int row = 0; zeros == Zeros.STAY && row < now.length; row += CLUSTERS) {
        acting[nearest(0, initial, row)] = 0;
      }
      return acting;
    }
  }

  private static int nearest(float weight, float[] centroids, int row) {
    int nearest = row;
    for (int k = row; k < row + CLUSTERS; k++) {
      boolean nearer = Math.abs(weight - centroids[k]) < Math.abs(weight - centroids[nearest]);
      nearest = nearer ? k : nearest;
    }
    return nearest;
  }

  @TechniqueSpec
  void everyWeightIsItsNearestCentroid_andZerosStay(
      LayerCase layer,
      CentroidInitialization initialization,
      Granularity granularity,
      Zeros zeros) {
    Spec spec = new Spec(layer, initialization, GradientAggregation.AVG, granularity, zeros);
    Optimized clustered = spec.apply();
    assertEquals(List.of(), clustered.reports().get(0).skipped());
    if (spec.isAsPerTensor()) {
      Spec perTensor = spec.with(Granularity.PER_TENSOR);
      assertEquals(perTensor.apply().model().graphDef(), clustered.model().graphDef());
      return;
    }
    int rows = spec.rowCount(clustered.model().variable(KERNEL).shape());
    assertEquals(CLUSTERS * rows, clustered.model().variable(CENTROIDS).shape().size());
    try (TestTraining training = new TestTraining(clustered, LayerCase.BATCH)) {
      train(spec, training);
    }
  }

  /** Trains and compares what the layer reads with brute force after every step. */
  private static void train(Spec spec, TestTraining training) {
    float[] initial = training.value(CENTROIDS);
    int rows = initial.length / CLUSTERS;
    for (int step = 0; step < STEPS; step++) {
      training.step(step);
      float[] centroids = spec.acting(initial, training.value(CENTROIDS));
      float[] weights = training.value(KERNEL);
      float[] values = clustered(training);
      for (int i = 0; i < values.length; i++) {
        String what = "weight %d at step %d".formatted(i, step);
        float expected = centroids[nearest(weights[i], centroids, i % rows * CLUSTERS)];
        assertEquals(expected, values[i], what);
        assertTrue(spec.zeros == Zeros.MOVE || i % 3 != 0 || values[i] == 0, what + " was 0");
      }
    }
  }

  /** What the layer reads. */
  private static float[] clustered(TestTraining training) {
    Map<String, TensorProto> values =
        StaticTensors.evaluate(training.live().session(), List.of(CLUSTERED));
    return TensorProtos.toFloats(values.values().iterator().next());
  }

  @TechniqueSpec
  void gradients_areTheNumericalOnesOfTheClusteredModel(
      LayerCase layer, GradientAggregation aggregation, Granularity granularity, Zeros zeros) {
    Spec spec = new Spec(layer, CentroidInitialization.LINEAR, aggregation, granularity, zeros);
    if (spec.isAsPerTensor()) {
      return;
    }
    Optimized clustered = spec.apply();
    float[] numerical;
    try (TestTraining plain = new TestTraining(Optimized.of(clustered.strip()), LayerCase.BATCH)) {
      numerical = plain.numericalGradient(KERNEL, 0, 0.01f);
    }
    float largest = Values.largest(numerical);
    assertTrue(largest > 0.01f, "no gradient");
    try (TestTraining training = new TestTraining(clustered, LayerCase.BATCH)) {
      float[] weights = training.value(KERNEL);
      float[] initial = training.value(CENTROIDS);
      float[] centroids = spec.acting(initial, initial);
      int rows = spec.rowCount(clustered.model().variable(KERNEL).shape());
      float[] sums = new float[centroids.length];
      float[] counts = new float[centroids.length];
      for (int i = 0; i < weights.length; i++) {
        int k = nearest(weights[i], centroids, i % rows * CLUSTERS);
        sums[k] += zeros == Zeros.STAY && centroids[k] == 0 ? 0 : numerical[i];
        counts[k]++;
      }
      boolean mean = aggregation == GradientAggregation.AVG;
      float[] ofCentroids =
          Values.of(sums.length, k -> mean ? sums[k] / Math.max(1, counts[k]) : sums[k]);
      float[] ofWeights =
          Values.of(weights.length, i -> zeros == Zeros.STAY && weights[i] == 0 ? 0 : numerical[i]);
      float tolerance = 2e-3f * Math.max(1, largest);
      assertArrayEquals(ofWeights, training.gradient(KERNEL, 0), tolerance);
      assertArrayEquals(
          ofCentroids,
          training.gradient(CENTROIDS, 0),
          tolerance * (mean ? 1 : Values.largest(counts)));
      train(spec, training);
    }
  }

  @TechniqueSpec
  void file_hasNoMoreValuesThanClusters(LayerCase layer, Granularity granularity, Zeros zeros) {
    Spec spec =
        new Spec(
            layer,
            CentroidInitialization.KMEANS_PLUS_PLUS,
            GradientAggregation.AVG,
            granularity,
            zeros);
    if (spec.isAsPerTensor()) {
      return;
    }
    try (TestTraining training = new TestTraining(spec.apply(), LayerCase.BATCH)) {
      training.step(0);
      float[] read = clustered(training);
      GraphModel stripped = training.trained().strip();
      float[] values = TensorProtos.toFloats(stripped.variable(KERNEL).value());
      assertArrayEquals(read, values);
      for (TfLiteTensor tensor : FileWeights.of(values, TfLiteConverter.of(stripped).convert())) {
        List<Integer> counts =
            spec.byChannel() ? tensor.distinctCounts(0) : List.of(tensor.distinctCount());
        assertTrue(counts.stream().allMatch(count -> count <= CLUSTERS), counts.toString());
        long least = zeros == Zeros.STAY ? (values.length + 2) / 3 : 0;
        assertTrue(tensor.zeroCount() >= least, tensor.zeroCount() + " of " + least + " zeros");
      }
    }
  }
}
