package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
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

  @Test
  void beforeTheFirstUpdate_thereAreNoZerosYet() {
    Optimized late =
        Pruning.builder().schedule(ConstantSparsity.of(0.75, 5)).build().apply(dense(8));
    try (TestTraining training = new TestTraining(late, 4)) {
      training.begin(0, 10);
      training.step(0);
      assertDoesNotThrow(() -> training.trained().strip());
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
  void techniquesWithoutHooks_areStrippedAtOnce() {
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
