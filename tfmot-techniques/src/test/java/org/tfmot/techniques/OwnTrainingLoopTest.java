package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;

/** The loop of docs/training-loop.md, line by line; change both together. */
class OwnTrainingLoopTest {

  private static final int STEPS = 30;

  @TempDir Path folder;

  @Test
  @SuppressWarnings("unchecked") // All tensors here are floats.
  void loopOfTheDocumentation_prunesAndLeavesACheckpoint() {
    GraphModel dense =
        TestLayers.model(
            TestLayers.Kind.RESOURCE,
            Shape.of(-1, 4),
            (layers, x) -> layers.biasAdd("logits", layers.matMul("logits", x, 8)));
    Optimized pruned =
        Pruning.builder()
            .schedule(PolynomialDecay.builder().to(0.75).steps(0, 20).frequency(5).build())
            .build()
            .apply(dense);
    try (LiveModel live = pruned.model().open()) {
      Ops tf = live.ops();
      Placeholder<TFloat32> label = tf.placeholder(TFloat32.class);
      Operand<TFloat32> logits = (Operand<TFloat32>) live.output("logits");
      Operand<TFloat32> loss =
          tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, label).loss(), tf.constant(0));
      Op train = new Adam().minimize(live, loss, 1e-3);

      Session session = live.session();
      pruned.hooks().forEach(hook -> hook.begin(session, 0, STEPS));
      for (long step = 0; step < STEPS; step++) {
        long now = step;
        pruned.hooks().forEach(hook -> hook.beforeStep(session, now));
        try (TFloat32 image = TestTraining.random(Shape.of(2, 4), step);
            TFloat32 wanted = TestTraining.random(Shape.of(2, 8), -step - 1)) {
          session
              .runner()
              .feed(live.input("image"), image)
              .feed(label, wanted)
              .addTarget(train)
              .run()
              .close();
        }
        pruned.hooks().forEach(hook -> hook.afterStep(session, now));
      }
      live.save(folder.resolve("ckpt-" + STEPS));
      pruned = pruned.withModel(live.snapshot());
    }
    GraphModel inference = pruned.strip();
    Variable matrix =
        inference.variables().values().stream()
            .filter(v -> v.shape().numDimensions() == 2)
            .findFirst()
            .orElseThrow();
    int zeros = 0;
    for (float value : TensorProtos.toFloats(matrix.value())) {
      zeros += value == 0 ? 1 : 0;
    }
    assertEquals(24, zeros);
    assertTrue(folder.resolve("ckpt-" + STEPS + ".index").toFile().exists());
  }
}
