package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.LayerCase;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** One technique on top of another: what the first guarantees holds to the exported file. */
class CollaborationTest {

  private static final int CLUSTERS = 6;
  private static final int BATCH = 8;
  private static final int STEPS = 3;
  private static final double SPARSITY = 0.5;

  private static final Technique PRUNING =
      Pruning.builder().schedule(ConstantSparsity.of(SPARSITY, 0, 2, 1)).depthwise().build();
  private static final Technique CLUSTERING =
      Clustering.builder().clusters(CLUSTERS).depthwise().build();
  private static final Technique QUANTIZATION = QuantizationAwareTraining.create();

  private static final Technique CLUSTERING_WITH_ZERO =
      Clustering.builder().clusters(CLUSTERS).preserveZeros().depthwise().build();
  private static final List<String> NAMES = List.of("prune", "cluster", "quantize");

  /** All orders of two and of three techniques. */
  private static List<String> permutations() {
    Set<String> orders = new LinkedHashSet<>();
    for (String first : NAMES) {
      for (String second : NAMES) {
        for (String third : NAMES) {
          if (!first.equals(second)) {
            boolean three = !third.equals(first) && !third.equals(second);
            orders.add(first + " " + second + (three ? " " + third : ""));
          }
        }
      }
    }
    return List.copyOf(orders);
  }

  private static boolean clustersBeforePruning(String order) {
    return order.contains("prune") && order.matches(".*cluster.* prune.*");
  }

  static List<Arguments> orders() {
    List<Arguments> orders = new ArrayList<>();
    permutations().forEach(order -> orders.add(Arguments.of(order, Kind.RESOURCE)));
    assertEquals(12, orders.size());
    for (Kind kind : List.of(Kind.REFERENCE, Kind.DIRECT)) {
      orders.add(Arguments.of("prune cluster quantize", kind));
      orders.add(Arguments.of("cluster prune quantize", kind));
    }
    return orders;
  }

  static List<String> refusedOrders() {
    return permutations().stream().filter(CollaborationTest::clustersBeforePruning).toList();
  }

  /** What is clustered before it is pruned has a value that stays 0. */
  private static Optimized apply(String order, GraphModel model) {
    return apply(order, clustersBeforePruning(order) ? CLUSTERING_WITH_ZERO : CLUSTERING, model);
  }

  private static Optimized apply(String order, Technique clustering, GraphModel model) {
    Optimized optimized = Optimized.of(model);
    for (String name : order.split(" ")) {
      Technique technique =
          switch (name) {
            case "prune" -> PRUNING;
            case "cluster" -> clustering;
            default -> QUANTIZATION;
          };
      optimized = technique.apply(optimized);
    }
    return optimized;
  }

  private static void train(Optimized optimized, BiConsumer<Integer, Optimized> check) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
        check.accept(step, training.trained());
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("orders")
  void invariants_holdAtEveryStep_andInTheFile(String order, Kind kind) {
    Set<String> names = Set.of(order.split(" "));
    List<Optimized> last = new ArrayList<>();
    train(
        apply(order, TestLayers.residual(kind)),
        (step, trained) -> {
          last.add(trained);
          for (TfLiteTensor weight : weights(file(names, trained))) {
            String at = weight + " at step " + step;
            if (names.contains("cluster")) {
              assertFewValues(weight, at);
            }
            if (names.contains("prune")) {
              long kept = (long) Math.rint(weight.elementCount() * (1 - SPARSITY));
              assertTrue(weight.zeroCount() >= weight.elementCount() - kept, at);
            }
          }
        });
    assertEquals(STEPS, last.size());
  }

  /** Batch norm folded in multiplies each channel: values are few in each. */
  private static void assertFewValues(TfLiteTensor weight, String at) {
    for (int count : weight.distinctCounts(0)) {
      assertTrue(count <= CLUSTERS, at + ": " + weight.distinctCounts(0));
    }
  }

  private static TfLiteModel file(Set<String> names, Optimized trained) {
    TfLiteConverter converter = TfLiteConverter.of(trained.strip());
    return names.contains("quantize") ? converter.int8().convert() : converter.convert();
  }

  private static List<TfLiteTensor> weights(TfLiteModel model) {
    List<TfLiteTensor> weights =
        model.weights().stream().filter(w -> w.shape().numDimensions() > 1).toList();
    assertEquals(5, weights.size(), weights.toString());
    return weights;
  }

  @Test
  void clusteredThenQuantized_theWholeTensorHasFewIntegers_upToTheirSign() {
    train(
        apply("cluster quantize", TestLayers.residual(Kind.RESOURCE)),
        (step, trained) -> {
          for (TfLiteTensor weight :
              weights(TfLiteConverter.of(trained.strip()).int8().convert())) {
            // A batch norm's negative scale turns the signs of a channel.
            Set<Integer> magnitudes = new HashSet<>();
            for (int i = 0; i < weight.elementCount(); i++) {
              magnitudes.add(Math.abs((int) weight.data().get(i)));
            }
            assertTrue(magnitudes.size() <= CLUSTERS, weight + ": " + magnitudes);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "prune cluster, RESOURCE",
    "prune cluster, REFERENCE",
    "prune cluster, DIRECT",
    "cluster prune, RESOURCE",
    "cluster prune, REFERENCE",
    "cluster prune, DIRECT"
  })
  void prunedAndClustered_everyZeroOfTheMaskStays(String order, Kind kind) {
    Map<String, BitSet> zeros = new TreeMap<>();
    train(
        apply(order, TestLayers.residual(kind)),
        (step, trained) -> {
          Map<String, BitSet> now = new TreeMap<>();
          GraphModel stripped = trained.strip();
          for (String layer : List.of("stem", "conv1", "conv2", "conv3", "logits")) {
            String name = layer + "/kernel";
            BitSet mask = zeros(trained.model(), name + "/pruning_mask");
            BitSet lost = (BitSet) mask.clone();
            now.put(name, zeros(stripped, name));
            lost.andNot(now.get(name));
            assertTrue(lost.isEmpty(), name + " lost " + lost + " at step " + step);
          }
          zeros.putAll(now);
        });
    assertEquals(5, zeros.size());
  }

  private static BitSet zeros(GraphModel model, String variable) {
    float[] values = TensorProtos.toFloats(model.variable(variable).value());
    BitSet zeros = new BitSet();
    for (int i = 0; i < values.length; i++) {
      zeros.set(i, values[i] == 0);
    }
    return zeros;
  }

  @ParameterizedTest
  @EnumSource(LayerCase.class)
  void clusteredLayer_isQuantizedLikeOneThatIsNot(LayerCase layer) {
    Optimized dense = QUANTIZATION.apply(layer.model(Kind.RESOURCE));
    Optimized clustered = QUANTIZATION.apply(CLUSTERING.apply(layer.model(Kind.RESOURCE)));
    assertEquals(
        dense.reports().get(0).applied(), clustered.reports().get(1).applied(), layer.toString());
    assertEquals(quantizers(dense.model()), quantizers(clustered.model()));
  }

  /** The fake-quantization operations by name. */
  private static Map<String, String> quantizers(GraphModel model) {
    Map<String, String> quantizers = new TreeMap<>();
    model.graphDef().getNodeList().stream()
        .filter(node -> node.getOp().startsWith("FakeQuant"))
        .forEach(node -> quantizers.put(node.getName(), node.getOp()));
    return quantizers;
  }

  @Test
  void perChannelThenQuantized_everyChannelHasFewIntegers() {
    Technique perChannel = Clustering.builder().clusters(CLUSTERS).perChannel().build();
    Optimized optimized = QUANTIZATION.apply(perChannel.apply(TestLayers.residual(Kind.RESOURCE)));
    train(
        optimized,
        (step, trained) ->
            weights(TfLiteConverter.of(trained.strip()).int8().convert())
                .forEach(weight -> assertFewValues(weight, weight + " at step " + step)));
  }

  @ParameterizedTest
  @MethodSource("refusedOrders")
  void clustersWithoutAZero_thenPruned_areRefusedWithTheReason(String order) {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    String message =
        assertThrows(IllegalArgumentException.class, () -> apply(order, CLUSTERING, model))
            .getMessage();
    assertEquals(
        "the weight \"stem/kernel\" of \"stem/Conv2D\" is read through \"stem/kernel_clustered\","
            + " which would not keep the zeros of a mask: prune first, or cluster with"
            + " preserveZeros()",
        message);
  }

  @Test
  void differentLayers_mayBePrunedAndClusteredInAnyOrder() {
    Technique first =
        Clustering.builder().clusters(CLUSTERS).select(LayerSelector.named("conv1")).build();
    Technique second =
        Pruning.builder()
            .schedule(ConstantSparsity.of(SPARSITY, 0, 2, 1))
            .select(LayerSelector.named("conv2"))
            .build();
    train(
        second.apply(first.apply(TestLayers.residual(Kind.RESOURCE))),
        (step, trained) -> {
          GraphModel stripped = trained.strip();
          float[] conv1 = TensorProtos.toFloats(stripped.variable("conv1/kernel").value());
          assertTrue(Arrays.stream(boxed(conv1)).distinct().count() <= CLUSTERS);
          assertEquals(288, zeros(stripped, "conv2/kernel").cardinality());
        });
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    Arrays.setAll(boxed, i -> values[i]);
    return boxed;
  }
}
