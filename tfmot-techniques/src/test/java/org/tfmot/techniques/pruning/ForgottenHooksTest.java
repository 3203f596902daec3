package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/** A model that was trained without its hooks does not pass for a pruned one. */
class ForgottenHooksTest {

  private static final Pruning PRUNING =
      Pruning.builder().schedule(ConstantSparsity.of(0.75, 0)).build();

  /** From 0 to three quarters in eight steps, the last update after the last of them. */
  private static Pruning decay() {
    return Pruning.builder()
        .schedule(PolynomialDecay.builder().to(0.75).steps(0, 8).frequency(2).power(1).build())
        .build();
  }

  private static GraphModel dense(int inputs) {
    return TestLayers.model(
        Kind.RESOURCE, Shape.of(-1, inputs), (layers, x) -> layers.matMul("dense", x, 3));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void trainingWithoutHooks_cannotBeStripped(boolean quantized) {
    Optimized optimized = PRUNING.apply(dense(8));
    if (quantized) {
      optimized = QuantizationAwareTraining.create().apply(optimized);
    }
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.bareStep(0);
      String message = refused(training.trained());
      assertTrue(message.contains("the hook of magnitude pruning"), message);
      assertTrue(message.contains("never ran"), message);
      assertTrue(message.contains("ConstantSparsity(0.75"), message);
      training.begin(0, 2);
      training.step(0);
      GraphModel stripped = training.trained().strip();
      assertTrue(quantized || WeightSummary.of(stripped).zeros() == 18);
    }
  }

  @Test
  void trainedValuesThatWereNotTakenIn_areAskedFor() {
    Optimized optimized = PRUNING.apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 1);
      training.step(0);
      String message = refused(optimized);
      assertTrue(message.contains("withModel(live.snapshot())"), message);
      assertDoesNotThrow(() -> training.trained().strip());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, 7})
  void stripInTheMiddleOfASchedule_isRefusedWithWhatToDo(long last) {
    Optimized optimized = decay().apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 8);
      for (long step = 0; step <= last; step++) {
        training.step(step);
      }
      Optimized trained = training.trained();
      if (last == 7) {
        assertEquals(18, WeightSummary.of(trained.strip()).zeros());
        return;
      }
      String message = refused(trained);
      assertTrue(message.contains("pruning is not finished"), message);
      assertTrue(message.contains("aims at 0.75"), message);
      assertTrue(message.contains("steps 0 to 8"), message);
      assertFalse(message.contains("begin()"), message);
      // The way that the message shows for a look in between.
      try (TFloat32 image = training.image(0)) {
        assertArrayEquals(
            TestTraining.run(training.live().snapshot(), image),
            TestTraining.run(trained.model().toInference(), image));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void quantizationOnTop_doesNotHideAnUnfinishedSchedule(boolean resumed) {
    Optimized optimized = QuantizationAwareTraining.create().apply(decay().apply(dense(8)));
    GraphModel half;
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 8);
      training.step(0);
      training.step(1);
      training.step(2);
      half = training.live().snapshot();
      Optimized stopped =
          resumed
              ? QuantizationAwareTraining.create().apply(decay().apply(dense(8))).withModel(half)
              : training.trained();
      String message = refused(stopped);
      assertTrue(message.contains("pruning is not finished"), message);
    }
  }

  @Test
  void forgottenBegin_isNamedWhereItLeavesPruningUnfinished() {
    Optimized optimized = decay().apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      for (long step = 0; step < 8; step++) {
        training.step(step);
      }
      String message = refused(training.trained());
      assertTrue(message.contains("call begin() of optimized.hooks()"), message);
    }
  }

  @Test
  void stepThatIsNeverCounted_leavesPruningUnfinished() {
    Optimized optimized = decay().apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 8);
      for (int i = 0; i < 8; i++) {
        training.step(0);
      }
      assertTrue(refused(training.trained()).contains("not finished"));
    }
  }

  @Test
  void resumingWithoutTheCheckpoint_isRefusedWhereNoUpdateIsLeft() {
    Pruning early = Pruning.builder().schedule(ConstantSparsity.of(0.75, 0, 0, 1)).build();
    Optimized optimized = early.apply(dense(8));
    GraphModel half;
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 10);
      training.step(0);
      half = training.live().snapshot();
    }
    try (LiveModel live = optimized.model().open()) {
      TrainingHook hook = optimized.hooks().get(0);
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> hook.begin(live.session(), 5, 10));
      assertTrue(String.valueOf(e.getMessage()).contains("live.restore(prefix)"), e.getMessage());
      half.variables().forEach((name, variable) -> live.assign(name, variable.value()));
      hook.begin(live.session(), 5, 10);
      hook.beforeStep(live.session(), 5);
      hook.afterStep(live.session(), 5);
      assertDoesNotThrow(() -> optimized.withModel(live.snapshot()).strip());
    }
  }

  @Test
  void beforeTheFirstUpdate_nothingIsPrunedYet() {
    Optimized late =
        Pruning.builder().schedule(ConstantSparsity.of(0.75, 5)).build().apply(dense(8));
    try (TestTraining training = new TestTraining(late, 4)) {
      training.begin(0, 10);
      training.step(0);
      String message = refused(training.trained());
      assertTrue(message.contains("0.000 of the weights with masks are zero"), message);
    }
  }

  @Test
  void scheduleWithoutAKnownEnd_mayBeStrippedOnceItPrunes() {
    PruningSchedule open =
        new PruningSchedule() {
          @Override
          public boolean updatesAt(long step) {
            return true;
          }

          @Override
          public double sparsity(long step) {
            return 0.1 * step;
          }
        };
    Optimized optimized = Pruning.builder().schedule(open).build().apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 6);
      training.step(0);
      training.step(1);
      training.step(2);
      assertTrue(WeightSummary.of(training.trained().strip()).zeros() > 0);
    }
  }

  @Test
  void trainedElsewhere_needsNoHooksHere() {
    GraphModel trained;
    try (TestTraining training = new TestTraining(PRUNING.apply(dense(8)), 4)) {
      training.begin(0, 1);
      training.step(0);
      trained = training.live().snapshot();
    }
    assertDoesNotThrow(() -> PRUNING.apply(dense(8)).withModel(trained).strip());
  }

  @Test
  void sparsityThatPrunesNothingOfSuchWeights_needsNoHooks() {
    Pruning slight = Pruning.builder().schedule(ConstantSparsity.of(0.1, 0)).build();
    // A tenth of three weights is none.
    assertDoesNotThrow(() -> slight.apply(dense(1)).strip());
    refused(slight.apply(dense(8)));
  }

  @Test
  void trainedCentroidsThatWereNotTakenIn_areAskedFor() {
    Optimized optimized = Clustering.builder().clusters(4).build().apply(dense(8));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 1);
      training.step(0);
      String message = refused(optimized);
      assertTrue(message.contains("the values from before them"), message);
      assertTrue(message.contains("withModel(live.snapshot())"), message);
      assertDoesNotThrow(() -> training.trained().strip());
    }
  }

  /** Freezing the clustered layer is one way to train: only another one differs then. */
  @Test
  void trainingOfAnotherLayerAlone_isTakenIn() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 8),
            (layers, x) -> layers.matMul("head", layers.relu("r", layers.matMul("body", x, 6)), 3));
    LayerSelector body = LayerSelector.named("body");
    Optimized optimized = Clustering.builder().clusters(4).select(body).build().apply(model);
    String head =
        optimized.model().variables().keySet().stream()
            .filter(name -> name.startsWith("head"))
            .findFirst()
            .orElseThrow();
    try (LiveModel live = optimized.model().open()) {
      TensorProto weights = optimized.model().variable(head).value();
      float[] values = TensorProtos.toFloats(weights).clone();
      values[0]++;
      live.assign(head, TensorProtos.floats(TensorProtos.shape(weights), values));
      optimized.hooks().get(0).afterStep(live.session(), 0);
      assertDoesNotThrow(() -> optimized.withModel(live.snapshot()).strip());
    }
    refused(optimized);
  }

  @Test
  void techniquesThatNeedNoTraining_areStrippedAtOnce() {
    assertDoesNotThrow(() -> Clustering.builder().clusters(4).build().apply(dense(8)).strip());
    assertDoesNotThrow(() -> Pruning.builder().oneShot(0.5).apply(dense(8)).strip());
  }

  private static String refused(Optimized optimized) {
    return assertThrows(IllegalStateException.class, optimized::strip).getMessage();
  }

  @Test
  void sessionOfAnotherModel_isRefusedWithWhatToDo() {
    Optimized optimized = PRUNING.apply(dense(8));
    try (LiveModel other = dense(8).open()) {
      TrainingHook hook = optimized.hooks().get(0);
      for (Executable call :
          List.<Executable>of(
              () -> hook.begin(other.session(), 0, 1),
              () -> hook.beforeStep(other.session(), 0),
              () -> hook.afterStep(other.session(), 0))) {
        Exception e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(
            String.valueOf(e.getMessage()).contains("not one of the model that is pruned"),
            e.getMessage());
      }
    }
  }
}
