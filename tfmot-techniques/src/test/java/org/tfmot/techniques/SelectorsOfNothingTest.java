package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** A selector that selects nothing is refused, by every technique and in every combination. */
class SelectorsOfNothingTest {

  private static final GraphModel MODEL = TestLayers.residual(Kind.RESOURCE);

  /** Everything that takes a selector. */
  enum Taker {
    PRUNING(
        selector ->
            Pruning.builder()
                .schedule(ConstantSparsity.of(0.5, 0))
                .select(selector)
                .build()
                .apply(MODEL)),
    ONE_SHOT_PRUNING(selector -> Pruning.builder().select(selector).oneShot(0.5).apply(MODEL)),
    CLUSTERING(selector -> Clustering.builder().clusters(4).select(selector).build().apply(MODEL)),
    QUANTIZATION_AWARE_TRAINING(
        selector -> QuantizationAwareTraining.builder().select(selector).build().apply(MODEL)),
    POST_TRAINING_QUANTIZATION(
        selector ->
            PostTrainingQuantization.builder()
                .select(selector)
                .build()
                .calibrate(MODEL.toInference(), List.<Map<String, TFloat32>>of()));

    private final Consumer<LayerSelector> apply;

    Taker(Consumer<LayerSelector> apply) {
      this.apply = apply;
    }
  }

  @ParameterizedTest
  @EnumSource(Taker.class)
  void nameThatIsNone_isRefusedWithTheNearest(Taker taker) {
    String none = "no layer of the model is named \"logit\"; the nearest are \"logits\"";
    assertRefused(taker, LayerSelector.named("logit"), none);
    assertRefused(taker, LayerSelector.named("conv1", "logit"), none);
    assertRefused(taker, LayerSelector.layers().except("logit"), none);
    assertRefused(taker, LayerSelector.layers().except("stem", "logit"), none);
    assertRefused(taker, LayerSelector.named("conv1").or(LayerSelector.named("logit")), none);
    assertRefused(taker, LayerSelector.named("logit").except("conv1"), none);
    // A variable is no layer.
    assertRefused(taker, LayerSelector.named("conv1/kernel"), "named \"conv1/kernel\"");
  }

  @Test
  void nameThatIsNearNone_isRefusedWithOuterNames_andWhatListsThemAll() {
    List<String> names = LayerSelector.namesIn(MODEL);
    assertTrue(names.containsAll(List.of("conv1", "conv1/Conv2D", "logits")), names.toString());
    assertTrue(names.indexOf("logits") < names.indexOf("conv1/Conv2D"), names.toString());
    assertTrue(names.stream().noneMatch(name -> name.endsWith("kernel")), names.toString());
    String quoted = "\"" + String.join("\", \"", names.subList(0, 5)) + "\", ...";
    assertRefused(
        Taker.PRUNING,
        LayerSelector.layers().except("encoder_block_7"),
        "there are %d, none of them near: %s; LayerSelector.namesIn(model) lists them all"
            .formatted(names.size(), quoted));
    names.forEach(
        name -> assertDoesNotThrow(() -> LayerSelector.named(name).requireMatches(MODEL)));
  }

  @ParameterizedTest
  @EnumSource(Taker.class)
  void typeOrExpressionThatMatchesNothing_isRefused(Taker taker) {
    assertRefused(
        taker, LayerSelector.ofType("Conv2d"), "of type \"Conv2d\"; the nearest is \"Conv2D\"");
    assertRefused(taker, LayerSelector.ofType("Conv2D", "Matmul"), "of type \"Matmul\"");
    assertRefused(taker, LayerSelector.ofType("Conv3D"), "of type \"Conv3D\"");
    assertRefused(
        taker,
        LayerSelector.layers().except(LayerSelector.matching("logit")),
        "matches the expression \"logit\" as a whole; the nearest ");
  }

  @Test
  void whatMatches_isTaken() {
    for (LayerSelector selector :
        List.of(
            LayerSelector.layers().except("logits"),
            LayerSelector.ofType("Conv2D", "Conv3D", "MatMul"),
            LayerSelector.layers().except(),
            LayerSelector.matching("conv.*").except(LayerSelector.ofType("BiasAdd", "Relu")))) {
      assertDoesNotThrow(() -> Taker.PRUNING.apply.accept(selector));
    }
  }

  private static void assertRefused(Taker taker, LayerSelector selector, String part) {
    var error = assertThrows(IllegalArgumentException.class, () -> taker.apply.accept(selector));
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  @Test
  void nullAmongNames_isSaid() {
    for (Runnable call :
        List.<Runnable>of(
            () -> LayerSelector.named("one", null), () -> LayerSelector.ofType((String) null))) {
      NullPointerException e = assertThrows(NullPointerException.class, call::run);
      assertTrue(String.valueOf(e.getMessage()).startsWith("one of the arguments"), e.getMessage());
    }
  }
}
