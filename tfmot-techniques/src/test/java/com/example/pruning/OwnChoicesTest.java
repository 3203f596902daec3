package com.example.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.ImportanceScore;
import org.tfmot.techniques.pruning.MaskGraph;
import org.tfmot.techniques.pruning.MaskRule;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.PruningSchedule;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.weights.WeightGraph;
import org.tfmot.techniques.weights.WeightedLayer;

class OwnChoicesTest {

  private static final int STEPS = 4;

  /** A quarter more at each of the first two steps. */
  private static final class Staircase implements PruningSchedule {
    @Override
    public boolean updatesAt(long step) {
      return step == 1 || step == 2;
    }

    @Override
    public double sparsity(long step) {
      return 0.25 * step;
    }
  }

  /** Whole output channels of convolutions, by the mean score of each. */
  private static final class Channels implements MaskRule {
    @Override
    public String keep(MaskGraph mask) {
      WeightGraph weight = mask.weight();
      List<Integer> channels = weight.outputDimensions();
      return mask.largest(weight.reduce("Mean", "channels/mean", mask.score(), channels), channels);
    }

    @Override
    public @Nullable String refusal(WeightedLayer layer) {
      return layer.type().equals("Conv2D") ? null : "channels are of convolutions";
    }

    @Override
    public void check(PruningSchedule schedule) {
      if (schedule.sparsity(1) > 0.3) {
        throw new IllegalArgumentException("channels go slowly");
      }
    }
  }

  /** Weights relative to the largest one of their output channel. */
  private static String relative(WeightGraph weight) {
    String magnitude = weight.add("Abs", "relative/magnitude", weight.tensor());
    String largest = weight.reduce("Max", "relative/largest", magnitude, weight.outputDimensions());
    return weight.add("DivNoNan", "relative", magnitude, largest);
  }

  private static float[] value(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }

  private static float[] sum(float[] values, int channels) {
    float[] sums = new float[channels];
    for (int i = 0; i < values.length; i++) {
      sums[i % channels] += values[i];
    }
    return sums;
  }

  @Test
  void ownPatternAndSchedule_pruneWholeChannels() {
    Optimized optimized =
        Pruning.builder()
            .schedule(new Staircase())
            .pattern(SparsityPattern.of("output channels", new Channels()))
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    assertTrue(
        optimized
            .reports()
            .get(0)
            .skipped()
            .contains(new Entry("logits/MatMul", "MatMul", "channels are of convolutions")));
    float[] before = new float[8];
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        float[] kernel = training.value("conv1/kernel");
        training.step(step);
        float[] kept = sum(training.value("conv1/kernel/pruning_mask"), 8);
        int whole = 0;
        for (int channel = 0; channel < 8; channel++) {
          assertTrue(kept[channel] == 0 || kept[channel] == 72, "channel " + channel);
          assertTrue(step == 0 || kept[channel] <= before[channel], "channel " + channel);
          whole += kept[channel] == 72 ? 1 : 0;
        }
        assertEquals(step == 0 ? 8 : step == 1 ? 6 : 4, whole, "step " + step);
        if (step == 1) {
          assertArrayEquals(strongest(kernel, 6), kept, "step " + step);
        }
        before = kept;
      }
      assertEquals(0.5, zeros(value(training.trained().strip(), "conv1/kernel")));
    }
  }

  /** Of the channels with the largest sums of magnitudes all 72 weights. */
  private static float[] strongest(float[] kernel, int count) {
    float[] magnitudes = new float[kernel.length];
    for (int i = 0; i < kernel.length; i++) {
      magnitudes[i] = Math.abs(kernel[i]);
    }
    float[] sums = sum(magnitudes, 8);
    float[] kept = new float[8];
    IntStream.range(0, 8)
        .boxed()
        .sorted(Comparator.comparingDouble(channel -> -sums[channel]))
        .limit(count)
        .forEach(channel -> kept[channel] = 72);
    return kept;
  }

  private static double zeros(float[] values) {
    return IntStream.range(0, values.length).filter(i -> values[i] == 0).count()
        / (double) values.length;
  }

  @Test
  void ownScore_decides() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    float[] kernel = value(model, "conv3/kernel");
    float[] largest = new float[6];
    for (int i = 0; i < kernel.length; i++) {
      largest[i % 6] = Math.max(largest[i % 6], Math.abs(kernel[i]));
    }
    float[] expected = new float[kernel.length];
    IntStream.range(0, kernel.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -Math.abs(kernel[i]) / largest[i % 6]))
        .limit(kernel.length / 2)
        .forEach(i -> expected[i] = kernel[i]);

    GraphModel pruned =
        Pruning.builder()
            .importance(graph -> relative(graph.weight()))
            .oneShot(0.5)
            .apply(model)
            .strip();

    assertArrayEquals(expected, value(pruned, "conv3/kernel"));
  }

  @Test
  void patternThatReturnsAnyNumber_prunesWhereItIsZero() {
    SparsityPattern even =
        SparsityPattern.of(
            "even rows",
            mask ->
                mask.weight().constant("rows", TensorProtos.floats(Shape.of(4, 1), 0, -3, 0, 7)));
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4),
            (layers, x) ->
                layers
                    .at("w", "MatMul")
                    .linalg
                    .matMul(
                        x, layers.weight("w", "kernel", Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8)));
    Optimized pruned = Pruning.builder().pattern(even).oneShot(0.5).apply(model);
    assertArrayEquals(new float[] {0, 0, 3, 4, 0, 0, 7, 8}, value(pruned.strip(), "w/kernel"));
    assertEquals("even rows", even.toString());
  }

  @Test
  void ownRule_mayRefuseASchedule() {
    assertRefused(
        () ->
            Pruning.builder()
                .pattern(SparsityPattern.of("output channels", new Channels()))
                .schedule(PruningSchedule.of(step -> 0.5, 0, 3, 1))
                .build(),
        "channels go slowly");
  }

  @Test
  void scoreThatIsNaN_failsTheUpdate_andNamesTheWeight() {
    ImportanceScore broken = graph -> graph.weight().add("Log", "broken", graph.weight().tensor());
    Optimized optimized =
        Pruning.builder()
            .schedule(new Staircase())
            .importance(broken)
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.step(0);
      String message =
          assertThrows(TFInvalidArgumentException.class, () -> training.step(1)).getMessage();
      assertTrue(message.contains("the importance of the weight"), message);
      assertTrue(message.contains("kernel"), message);
    }
  }

  @Test
  void nothing_isRefusedByName() {
    assertEquals(
        "the argument \"rule\" is null",
        assertThrows(NullPointerException.class, () -> SparsityPattern.of("x", missing()))
            .getMessage());
    assertEquals(
        "the argument \"score\" is null",
        assertThrows(NullPointerException.class, () -> Pruning.builder().importance(missing()))
            .getMessage());
  }

  @SuppressWarnings("NullAway") // What a caller without null checks does.
  private static <T> T missing() {
    return (T) Map.of().get("nothing");
  }
}
