package org.tfmot.techniques.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.techniques.clustering.CentroidInitialization;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.clustering.GradientAggregation;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.ImportanceScore;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.quantization.LayerQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.quantization.Quantizer;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;

/** Every option of a section does what the builder of the technique does with the same value. */
class TechniqueConfigTest {

  private static final GraphModel MODEL =
      TestLayers.model(
          TestLayers.Kind.RESOURCE,
          Shape.of(-1, 6, 6, 2),
          (layers, x) ->
              layers.conv("second", layers.relu("r", layers.convNorm("first", x, 4, 3)), 4, 3));

  static Stream<Arguments> options() {
    return Stream.of(
        Arguments.of(
            new PruningConfig(null, "PolynomialDecay", 0, 3, 0, 0.5, 1, null, null),
            Pruning.builder()
                .schedule(PolynomialDecay.builder().to(0.5).steps(0, 3).frequency(1).build())
                .build()),
        Arguments.of(
            new PruningConfig(null, "PolynomialDecay", 1, 3, 0.25, 0.75, 2, null, null),
            Pruning.builder()
                .schedule(
                    PolynomialDecay.builder().from(0.25).to(0.75).steps(1, 3).frequency(2).build())
                .build()),
        Arguments.of(
            new PruningConfig(null, "ConstantSparsity", 1, -1, 0, 0.75, 2, null, null),
            Pruning.builder().schedule(ConstantSparsity.of(0.75, 1, -1, 2)).build()),
        Arguments.of(
            new PruningConfig(
                null, "ConstantSparsity", 0, 2, 0, 0.5, 1, List.of(2, 4), List.of("first")),
            Pruning.builder()
                .schedule(ConstantSparsity.of(0.5, 0, 2, 1))
                .pattern(SparsityPattern.mByN(2, 4))
                .select(LayerSelector.layers().except("first"))
                .build()),
        Arguments.of(
            scored("movement"),
            Pruning.builder()
                .schedule(ConstantSparsity.of(0.5, 2, 4, 1))
                .importance(ImportanceScore.movement())
                .build()),
        Arguments.of(
            scored("SENSITIVITY"),
            Pruning.builder()
                .schedule(ConstantSparsity.of(0.5, 2, 4, 1))
                .importance(ImportanceScore.sensitivity())
                .build()),
        Arguments.of(
            scored("magnitude"),
            Pruning.builder().schedule(ConstantSparsity.of(0.5, 2, 4, 1)).build()),
        Arguments.of(new ClusteringConfig(), Clustering.builder().clusters(16).build()),
        Arguments.of(
            new ClusteringConfig(null, 4, "linear", "SUM", true, true, List.of("first")),
            Clustering.builder()
                .clusters(4)
                .initialization(CentroidInitialization.LINEAR)
                .aggregation(GradientAggregation.SUM)
                .preserveZeros()
                .perChannel()
                .select(LayerSelector.layers().except("first"))
                .build()),
        Arguments.of(
            new ClusteringConfig(null, 5, "DENSITY_BASED", "AVG", false, false, null),
            Clustering.builder()
                .clusters(5)
                .initialization(CentroidInitialization.DENSITY_BASED)
                .build()),
        Arguments.of(new QuantizationConfig(), QuantizationAwareTraining.create()),
        Arguments.of(
            new QuantizationConfig(null, true, 4, 6, List.of("first")),
            QuantizationAwareTraining.builder()
                .select(LayerSelector.layers().except("first"))
                .layer(
                    LayerSelector.layers(),
                    new LayerQuantization(
                        Quantizer.standard().bits(4), Quantizer.standard().bits(6)))
                .build()));
  }

  @ParameterizedTest
  @MethodSource("options")
  void section_trainsAsTheBuilderDoes(TechniqueConfig section, Technique built) {
    assertEquals(trained(built), trained(section.create()));
  }

  /** All variables after five steps. */
  private static Map<String, Object> trained(Technique technique) {
    Optimized optimized = technique.apply(MODEL);
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 5);
      for (long step = 0; step < 5; step++) {
        training.step(step);
      }
      Map<String, Object> values = new TreeMap<>();
      training.trained().model().variables().forEach((name, v) -> values.put(name, v.value()));
      values.put("graph", optimized.model().graphDef());
      return values;
    }
  }

  @Test
  void options_differFromEachOther() {
    List<Map<String, Object>> seen = new ArrayList<>();
    options()
        .forEach(
            arguments -> {
              Map<String, Object> values = trained(((TechniqueConfig) arguments.get()[0]).create());
              seen.forEach(other -> assertNotEquals(other, values));
              seen.add(values);
            });
  }

  @Test
  void sections_areFoundInTheOrderOfApplication() {
    List<TechniqueConfig> found = new ArrayList<>();
    ServiceLoader.load(TechniqueConfig.class).forEach(found::add);
    found.removeIf(config -> !config.getClass().getName().startsWith("org.tfmot.techniques."));
    found.sort(Comparator.comparingInt(TechniqueConfig::order));
    assertEquals(
        List.of("pruning", "clustering", "quantization"),
        found.stream().map(TechniqueConfig::section).toList());
    found.forEach(TechniqueConfig::create);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of(pruning("Polynomial", 0, 9, 0, 0.5, 1, null), "pruning_schedule must be Pol"),
        Arguments.of(pruning(null, 0, 9, 0, 0.5, 1, null), "pruning_schedule must be Polynomial"),
        Arguments.of(pruning("PolynomialDecay", -1, 9, 0, 0.5, 1, null), "begin_step must not be"),
        Arguments.of(pruning("PolynomialDecay", 9, 8, 0, 0.5, 1, null), "end_step must not be bef"),
        Arguments.of(pruning("ConstantSparsity", 9, 8, 0, 0.5, 1, null), "end_step must not be be"),
        Arguments.of(pruning("PolynomialDecay", 0, 9, -1, 0.5, 1, null), "initial_sparsity must "),
        Arguments.of(pruning("PolynomialDecay", 0, 9, 0.6, 0.5, 1, null), "initial_sparsity must"),
        Arguments.of(pruning("ConstantSparsity", 0, 9, 0.2, 0.5, 1, null), "initial_sparsity has"),
        Arguments.of(pruning("PolynomialDecay", 0, 9, 0, 1, 1, null), "final_sparsity must be in"),
        Arguments.of(pruning("PolynomialDecay", 0, 9, 0, Double.NaN, 1, null), "final_sparsity mu"),
        Arguments.of(pruning("PolynomialDecay", 0, 9, 0, 0.5, 0, null), "frequency must be positi"),
        Arguments.of(
            pruning("PolynomialDecay", 0, 9, 0, 0.5, 1, List.of(2)), "sparsity_m_by_n must be two"),
        Arguments.of(
            pruning("PolynomialDecay", 0, 9, 0, 0.5, 1, List.of(4, 4)), "sparsity_m_by_n must be"),
        Arguments.of(
            pruning("PolynomialDecay", 0, 9, 0, 0.6, 1, List.of(2, 4)), "final_sparsity must be 2"),
        Arguments.of(
            scored("gradient"),
            "importance must be one of [magnitude, movement, sensitivity], not \"gradient\""),
        Arguments.of(
            scored(null), "importance must be one of [magnitude, movement, sensitivity], not null"),
        Arguments.of(
            clustering(1, "LINEAR", "SUM", false), "number_of_clusters must be at least 2"),
        Arguments.of(clustering(2, "LINEAR", "SUM", true), "number_of_clusters must be at least 3"),
        Arguments.of(clustering(4, "kmeans", "SUM", true), "cluster_centroids_init must be one of"),
        Arguments.of(clustering(4, "LINEAR", "MEAN", true), "centroid_aggregation must be one of"),
        Arguments.of(new QuantizationConfig(null, false, 4, 8, null), "num_bits_weight is 4, but"),
        Arguments.of(new QuantizationConfig(null, false, 8, 6, null), "num_bits_activation is 6"),
        Arguments.of(
            new QuantizationConfig(null, true, 1, 8, null), "num_bits_weight must be 2 to"),
        Arguments.of(new QuantizationConfig(null, true, 16, 16, null), "num_bits_weight must be 2"),
        Arguments.of(
            new QuantizationConfig(null, true, 8, 9, null), "num_bits_activation must be"));
  }

  private static PruningConfig scored(String importance) {
    return new PruningConfig(null, "ConstantSparsity", 2, 4, 0, 0.5, 1, null, importance, null);
  }

  private static PruningConfig pruning(
      String schedule,
      long begin,
      long end,
      double initial,
      double last,
      long frequency,
      List<Integer> pattern) {
    return new PruningConfig(null, schedule, begin, end, initial, last, frequency, pattern, null);
  }

  private static ClusteringConfig clustering(
      int clusters, String initialization, String aggregation, boolean zeros) {
    return new ClusteringConfig(null, clusters, initialization, aggregation, zeros, false, null);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void valueOutOfRange_isRefusedByItsKey(TechniqueConfig config, String message) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, config::create);
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }
}
