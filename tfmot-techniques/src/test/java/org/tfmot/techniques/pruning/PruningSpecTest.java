package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
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

/** What pruning promises, for every layer in every pattern under every schedule. */
class PruningSpecTest {

  private static final int STEPS = 4;
  private static final String KERNEL = LayerCase.KERNEL;
  private static final String MASK = MaskNodes.maskVariable(KERNEL);
  private static final String DENSE_MASK = MaskNodes.maskVariable("dense/kernel");

  enum ScheduleCase {
    CONSTANT(ConstantSparsity.of(0.5, 1, 3, 1)),
    POLYNOMIAL(PolynomialDecay.builder().from(0.25).to(0.5).steps(0, 2).frequency(1).build()),
    OWN(PruningSchedule.of(step -> 0.125 * (step + 1), 0, 3, 1));

    final PruningSchedule schedule;

    ScheduleCase(PruningSchedule schedule) {
      this.schedule = schedule;
    }

    /** The sparsity once a step is done: that of the last update. */
    double after(int step) {
      double sparsity = 0;
      for (int i = 0; i <= step; i++) {
        sparsity = schedule.updatesAt(i) ? schedule.sparsity(i) : sparsity;
      }
      return sparsity;
    }
  }

  @TechniqueSpec
  void masks_followTheSchedule_andStay(
      LayerCase layer, PatternCase pattern, ScheduleCase schedule) {
    Optimized pruned = prune(layer, pattern, schedule);
    Shape shape = pruned.model().variable(KERNEL).shape();
    String refusal = pattern.refusal(layer, shape);
    if (refusal != null) {
      assertEquals(List.of(new Entry(LayerCase.OPERATION, layer.type(), refusal)), skipped(pruned));
      assertFalse(pruned.model().variables().containsKey(MASK));
      return;
    }
    assertEquals(List.of(), pruned.reports().get(0).skipped());
    float[] before = Values.of((int) shape.size(), i -> 1);
    train(
        pruned,
        (step, training) -> {
          float[] mask = training.value(MASK);
          float[] weight = training.value(KERNEL);
          for (int i = 0; i < mask.length; i++) {
            assertTrue(mask[i] <= before[i], "weight " + i + " came back at step " + step);
            assertTrue(mask[i] == 1 || weight[i] == 0, "weight " + i + " at step " + step);
          }
          System.arraycopy(mask, 0, before, 0, mask.length);
          pattern.check(layer, mask, shape, training.value(DENSE_MASK), schedule.after(step));
        });
  }

  /** Why layers are left alone; those of a recurrent cell, one for each step, once. */
  private static List<Entry> skipped(Optimized pruned) {
    return pruned.reports().get(0).skipped().stream()
        .map(e -> new Entry(e.operation().replaceAll("_\\d+$", ""), e.type(), e.detail()))
        .distinct()
        .toList();
  }

  @TechniqueSpec
  void maskedWeight_hasItsNumericalGradient_andItsZerosInTheFile(
      LayerCase layer, PatternCase pattern) {
    Optimized pruned = prune(layer, pattern, ScheduleCase.CONSTANT);
    if (!pruned.model().variables().containsKey(MASK)) {
      return; // Refused, as the test above has it.
    }
    train(
        pruned,
        (step, training) -> {
          if (step == STEPS - 1) {
            assertGradient(training);
            assertFile(training);
          }
        });
  }

  private static void assertGradient(TestTraining training) {
    float[] numerical = training.numericalGradient(KERNEL, STEPS, 0.01f);
    float largest = Values.largest(numerical);
    assertTrue(largest > 0.01f, "no gradient");
    assertArrayEquals(numerical, training.gradient(KERNEL, STEPS), 2e-3f * Math.max(1, largest));
  }

  private static void assertFile(TestTraining training) {
    int zeros = zeros(training.value(MASK));
    GraphModel stripped = training.trained().strip();
    float[] weight = TensorProtos.toFloats(stripped.variable(KERNEL).value());
    assertEquals(zeros, zeros(weight));
    for (TfLiteTensor tensor : FileWeights.of(weight, TfLiteConverter.of(stripped).convert())) {
      assertEquals(zeros, tensor.zeroCount());
    }
  }

  private static int zeros(float[] values) {
    return (int) IntStream.range(0, values.length).filter(i -> values[i] == 0).count();
  }

  private static Optimized prune(LayerCase layer, PatternCase pattern, ScheduleCase schedule) {
    return Pruning.builder()
        .schedule(schedule.schedule)
        .pattern(pattern.pattern)
        .depthwise()
        .build()
        .apply(layer.model(Kind.RESOURCE));
  }

  private static void train(Optimized optimized, BiConsumer<Integer, TestTraining> check) {
    try (TestTraining training = new TestTraining(optimized, LayerCase.BATCH)) {
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
        check.accept(step, training);
      }
    }
  }
}
