package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Scores that come of training, against the same training in plain Java. */
class ImportanceScoreTest {

  private static final String KERNEL = "w/kernel";
  private static final String SCORE = KERNEL + "/pruning_score";
  private static final String MASK = KERNEL + "/pruning_mask";
  private static final int INPUTS = 6;
  private static final int OUTPUTS = 4;
  private static final int BATCH = 8;
  private static final double RATE = 0.2;
  private static final double DECAY = 0.01;
  private static final int UPDATE = 15;
  private static final int STEPS = 20;

  private final float[] x = normal(BATCH * INPUTS, 1);
  private final float[] wanted = normal(BATCH * OUTPUTS, 2);
  private final float[] initial = normal(INPUTS * OUTPUTS, 3);

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Gradient descent on the mean square of {@code x w - wanted}, in double. */
  private final class Plain {
    private final double[] w = new double[initial.length];
    private final double[] scores = new double[initial.length];

    Plain(int steps) {
      Arrays.setAll(w, i -> initial[i]);
      for (int step = 0; step < steps; step++) {
        double[] slope = new double[w.length];
        for (int row = 0; row < BATCH; row++) {
          for (int out = 0; out < OUTPUTS; out++) {
            double error = -wanted[row * OUTPUTS + out];
            for (int in = 0; in < INPUTS; in++) {
              error += x[row * INPUTS + in] * w[in * OUTPUTS + out];
            }
            for (int in = 0; in < INPUTS; in++) {
              slope[in * OUTPUTS + out] += 2 * error * x[row * INPUTS + in] / (BATCH * OUTPUTS);
            }
          }
        }
        for (int i = 0; i < w.length; i++) {
          scores[i] -= RATE * slope[i] * w[i];
          w[i] -= RATE * (slope[i] + DECAY * w[i]); // Scores do not decay.
        }
      }
    }
  }

  /** 1 at the larger half. */
  private static float[] largerHalf(double[] scores) {
    float[] mask = new float[scores.length];
    IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]))
        .limit(scores.length / 2)
        .forEach(i -> mask[i] = 1);
    return mask;
  }

  private static Optimized pruned(GraphModel model, ImportanceScore score) {
    return Pruning.builder()
        .schedule(ConstantSparsity.of(0.5, UPDATE, UPDATE, 1))
        .importance(score)
        .build()
        .apply(model);
  }

  private GraphModel dense() {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, INPUTS),
        (layers, image) ->
            layers
                .at("w", "MatMul")
                .linalg
                .matMul(image, layers.weight("w", "kernel", Shape.of(INPUTS, OUTPUTS), initial)));
  }

  private interface Check {
    void at(long step, LiveModel live);
  }

  private Optimized train(Optimized optimized, Check check) {
    try (LiveModel live = optimized.model().open()) {
      Ops tf = live.ops();
      Placeholder<TFloat32> label =
          tf.withName("label")
              .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, OUTPUTS)));
      Operand<TFloat32> logits = live.output("logits").expect(TFloat32.class);
      Operand<TFloat32> loss =
          tf.math.mean(tf.math.squaredDifference(logits, label), tf.array(0, 1));
      Op update = new SgdMomentum(0, false, DECAY).minimize(live, loss, RATE);
      optimized.hooks().forEach(hook -> hook.begin(live.session(), 0, STEPS));
      for (int step = 0; step < STEPS; step++) {
        for (TrainingHook hook : optimized.hooks()) {
          hook.beforeStep(live.session(), step);
        }
        check.at(step, live);
        try (TFloat32 images = TFloat32.tensorOf(Shape.of(BATCH, INPUTS), DataBuffers.of(x));
            TFloat32 labels = TFloat32.tensorOf(Shape.of(BATCH, OUTPUTS), DataBuffers.of(wanted))) {
          live.runner(Map.of("image", images, "label", labels)).addTarget(update).run().close();
        }
        for (TrainingHook hook : optimized.hooks()) {
          hook.afterStep(live.session(), step);
        }
      }
      return optimized.withModel(live.snapshot());
    }
  }

  private static float[] value(LiveModel live, String variable) {
    return TensorProtos.toFloats(live.value(variable));
  }

  @ParameterizedTest
  @EnumSource(KnownScore.class)
  void update_keepsTheMostImportant_asTrainingInPlainJavaSays(KnownScore score) {
    Plain plain = new Plain(UPDATE);
    double[] scores =
        IntStream.range(0, initial.length)
            .mapToDouble(
                i ->
                    switch (score) {
                      case MAGNITUDE -> Math.abs(plain.w[i]);
                      case MOVEMENT -> plain.scores[i];
                      case SENSITIVITY -> Math.abs(plain.scores[i]);
                    })
            .toArray();
    float[] mask = largerHalf(scores);
    Optimized trained =
        train(
            pruned(dense(), score),
            (step, live) -> {
              if (step == UPDATE) {
                assertArrayEquals(mask, value(live, MASK));
              }
            });
    float[] stripped = TensorProtos.toFloats(trained.strip().variable(KERNEL).value());
    assertArrayEquals(mask, PatternPruning.mask(stripped));
  }

  @Test
  void scores_areDifferentFromEachOther() {
    Plain plain = new Plain(UPDATE);
    float[] magnitude = largerHalf(Arrays.stream(plain.w).map(Math::abs).toArray());
    float[] movement = largerHalf(plain.scores);
    float[] sensitivity = largerHalf(Arrays.stream(plain.scores).map(Math::abs).toArray());
    assertFalse(Arrays.equals(magnitude, movement));
    assertFalse(Arrays.equals(magnitude, sensitivity));
    assertFalse(Arrays.equals(movement, sensitivity));
  }

  @Test
  void movement_isTheSumOfTheStepsOnTheMask_andStopsWhereAWeightIsPruned() {
    float[][] before = new float[1][];
    train(
        pruned(dense(), ImportanceScore.movement()),
        (step, live) -> {
          float[] scores = value(live, SCORE);
          if (step <= UPDATE) {
            double[] plain = new Plain((int) step).scores;
            float[] expected = Values.of(scores.length, i -> plain[i]);
            assertArrayEquals(expected, scores, 1e-5f, "step " + step);
          } else {
            float[] mask = value(live, MASK);
            boolean moved = false;
            for (int i = 0; i < mask.length; i++) {
              assertTrue(mask[i] == 1 || scores[i] == before[0][i], i + " moved at " + step);
              moved |= scores[i] != before[0][i];
            }
            assertTrue(moved, "step " + step);
          }
          before[0] = scores;
        });
  }

  @Test
  void strip_leavesNoScores() {
    GraphModel model = dense();
    Optimized optimized = pruned(model, ImportanceScore.movement());
    assertTrue(optimized.model().variables().get(SCORE).trainable());
    GraphModel stripped = train(optimized, (step, live) -> {}).strip();
    assertEquals(model.toInference().graphDef(), stripped.graphDef());
    assertEquals(model.variables().keySet(), stripped.variables().keySet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"global", "blocks", "2:4"})
  void movement_goesWithEveryPattern(String name) {
    SparsityPattern pattern =
        switch (name) {
          case "global" -> SparsityPattern.global();
          case "blocks" -> SparsityPattern.blocks(2, 2, BlockPooling.AVG);
          default -> SparsityPattern.mByN(2, 4);
        };
    Optimized optimized =
        Pruning.builder()
            .schedule(
                PolynomialDecay.builder().from(0.1).to(0.5).steps(1, UPDATE).frequency(2).build())
            .pattern(pattern)
            .importance(ImportanceScore.movement())
            .build()
            .apply(dense());
    float[][] before = {new float[0]};
    Optimized trained =
        train(
            optimized,
            (step, live) -> {
              float[] mask = value(live, MASK);
              for (int i = 0; i < before[0].length; i++) {
                assertTrue(mask[i] <= before[0][i], "a pruned weight came back");
              }
              before[0] = mask;
            });
    float[] kernel = TensorProtos.toFloats(trained.strip().variable(KERNEL).value());
    float[] mask = PatternPruning.mask(kernel);
    int ones = 0;
    for (float each : mask) {
      ones += (int) each;
    }
    // A row of 6 inputs has a block of 4 and one of 2, of which 2 weights each stay.
    assertEquals(name.equals("2:4") ? 16 : 12, ones);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void movement_composesWithClusteringAndQuantization(boolean pruneFirst) {
    Optimized optimized = Optimized.of(TestLayers.residual(Kind.RESOURCE));
    Clustering clustering = Clustering.builder().clusters(6).preserveZeros().build();
    optimized = pruneFirst ? optimized : clustering.apply(optimized);
    optimized =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 1, 2, 1))
            .importance(ImportanceScore.movement())
            .build()
            .apply(optimized);
    optimized = pruneFirst ? clustering.apply(optimized) : optimized;
    optimized = QuantizationAwareTraining.create().apply(optimized);
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 3);
      for (int step = 0; step < 3; step++) {
        training.step(step);
      }
      TfLiteModel file = TfLiteConverter.of(training.trained().strip()).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      assertTrue(file.zeroFraction() >= 0.5, "" + file.zeroFraction());
      float[] scores = training.value("conv1/kernel/pruning_score");
      assertTrue(IntStream.range(0, scores.length).anyMatch(i -> scores[i] != 0));
    }
  }

  @Test
  void checkpoint_goesOnToEqualMasks(@TempDir Path folder) {
    Optimized optimized =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 2, 3, 1))
            .importance(ImportanceScore.movement())
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    float[] without;
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 4);
      for (int step = 0; step < 4; step++) {
        if (step == 1) {
          training.live().save(folder.resolve("ckpt"));
        }
        training.step(step);
      }
      without = training.value("conv1/kernel/pruning_mask");
    }
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.live().restore(folder.resolve("ckpt"));
      training.begin(1, 4);
      for (int step = 1; step < 4; step++) {
        training.step(step);
      }
      assertArrayEquals(without, training.value("conv1/kernel/pruning_mask"));
    }
  }

  @Test
  void name_saysWhichScores() {
    assertEquals(
        "magnitude pruning",
        pruned(dense(), ImportanceScore.magnitude()).reports().get(0).technique());
    assertEquals(
        "movement pruning",
        pruned(dense(), ImportanceScore.movement()).reports().get(0).technique());
    assertEquals(
        "pruning by own scores",
        pruned(dense(), graph -> graph.weight().tensor()).reports().get(0).technique());
  }

  @Test
  void scoresOfTraining_beforeTraining_areRefused() {
    Pruning.Builder movement = Pruning.builder().importance(ImportanceScore.movement());
    assertRefused(
        () -> movement.schedule(ConstantSparsity.of(0.5, 0)).build().apply(dense()),
        "ConstantSparsity(0.5, steps 0",
        "prunes at step 0, before training has made the scores of movement pruning");
    assertRefused(
        () ->
            Pruning.builder().importance(ImportanceScore.sensitivity()).oneShot(0.5).apply(dense()),
        "sensitivity pruning needs training, and pruning at once has none");
    assertRefused(
        () -> Pruning.builder().importance(ScoreGraph::movement).oneShot(0.5).apply(dense()),
        "pruning by own scores needs training");
  }

  @Test
  void movementAskedForTooLate_isRefused() {
    ScoreGraph[] kept = new ScoreGraph[1];
    pruned(
        dense(),
        graph -> {
          kept[0] = graph;
          return graph.weight().tensor();
        });
    assertThrows(IllegalStateException.class, () -> kept[0].movement());
  }
}
