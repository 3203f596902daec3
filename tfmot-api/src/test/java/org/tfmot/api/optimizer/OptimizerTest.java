package org.tfmot.api.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;

class OptimizerTest {

  @TempDir Path folder;

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new SgdMomentum(0.9, true, 1e-3),
        new Adam(),
        new AdamW(WeightDecay.of(0.01)).clipped(GradientClipping.byGlobalNorm(1)),
        new RmsProp(0.9, 0.5, 1e-7, true),
        new Lamb(WeightDecay.of(0.01)));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void run_resumedFromAnOrdinaryCheckpoint_hasTheSameBits(Optimizer optimizer) {
    for (Variable.Kind kind : Variable.Kind.values()) {
      Path prefix = folder.resolve(kind.name());
      Map<String, float[]> whole;
      try (LiveModel live = QuadraticModel.of(kind).open(Threads.ONE)) {
        train(live, optimizer, 0, 7, prefix, null);
        whole = all(live);
      }
      try (LiveModel live = QuadraticModel.of(kind).open(Threads.ONE)) {
        train(live, optimizer, 4, 7, null, prefix);
        Map<String, float[]> resumed = all(live);
        assertEquals(whole.keySet(), resumed.keySet());
        whole.forEach((name, values) -> assertArrayEquals(values, resumed.get(name), 0f, name));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void secondOptimizer_isRefusedWithWhatToDo(Optimizer optimizer) {
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      optimizer.minimize(live, QuadraticModel.loss(live), 0.1);
      List<Variable> slots = live.addedVariables();
      var error =
          assertThrows(
              IllegalArgumentException.class,
              () -> optimizer.minimize(live, QuadraticModel.loss(live), 0.1));
      assertTrue(error.getMessage().contains("has an optimizer"), error.getMessage());
      assertEquals(slots, live.addedVariables());
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void convexProblem_isSolved(Optimizer optimizer) {
    for (Variable.Kind kind : Variable.Kind.values()) {
      try (LiveModel live = QuadraticModel.of(kind).open(Threads.ONE)) {
        Placeholder<TFloat32> rate = rate(live);
        Op step = optimizer.minimize(live, QuadraticModel.loss(live), rate);
        for (int i = 0; i < 400; i++) {
          QuadraticModel.step(live, step, 1, rate, 0.1 * (1 - i / 400.0));
        }
        for (String name : QuadraticModel.INITIAL.keySet()) {
          for (float value : QuadraticModel.value(live, name)) {
            assertEquals(0, value, 0.02, optimizer + " " + kind + " " + name);
          }
        }
      }
    }
  }

  @Test
  void oneLine_withARateThatStays_trains() {
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      Op step = new Adam().minimize(live, QuadraticModel.loss(live), 0.5);
      try (TFloat32 one = TFloat32.scalarOf(1)) {
        live.session().runner().feed(live.input("scale"), one).addTarget(step).run().close();
      }
      // Adam's first step is as long as the rate, whatever the gradient; 0 stays.
      assertArrayEquals(
          new float[] {0.5f, -1.5f, 0, 3.5f, 0, 2.5f}, QuadraticModel.value(live, "kernel"), 1e-4f);
    }
  }

  @Test
  void whatCannotBeTrained_isRefused() {
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      Operand<TFloat32> nothing = live.ops().constant(1f);
      assertRefused("has no gradient", () -> new Adam().minimize(live, nothing, 0.1));
      Operand<TFloat32> stopped = live.ops().stopGradient(QuadraticModel.loss(live));
      assertRefused("stops before the variable \"", () -> new Adam().minimize(live, stopped, 0.1));
      Operand<TFloat32> rare = live.ops().math.lgamma(QuadraticModel.loss(live));
      Operand<TFloat32> none = live.ops().math.igamma(rare, rare);
      assertRefused(
          "TensorFlow for Java has none of Igamma: express it",
          () -> new Adam().minimize(live, none, 0.1));
      assertRefused(
          "learning rate must not be negative, but is NaN",
          () -> new Adam().minimize(live, QuadraticModel.loss(live), Double.NaN));
    }
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).freeze().open()) {
      assertRefused(
          "no trainable variable", () -> new Adam().minimize(live, QuadraticModel.loss(live), 0.1));
    }
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      new Adam().minimize(live, QuadraticModel.loss(live), 0.1);
      assertRefused(
          "has an optimizer (\"optimizer/step\") already",
          () -> new Adam().minimize(live, QuadraticModel.loss(live), 0.1));
    }
  }

  @Test
  void patternThatMatchesNoVariable_isRefusedWithTheNearest() {
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      for (Optimizer optimizer :
          List.of(
              new AdamW(WeightDecay.of(0.1, "kernels")),
              new AdamW(WeightDecay.of(0.1, "kernels")).clipped(GradientClipping.byNorm(1)),
              new AdamW(new WeightDecay(0.1, List.of("kernel", "kernels"), List.of())),
              new Lamb(WeightDecay.of(0.1, "kernels")),
              new Lamb(0.9, 0.999, 1e-6, WeightDecay.NONE, List.of("kernels")))) {
        assertRefused(
            "[kernels], but no variable of the model has; the nearest is \"kernel\"",
            () -> optimizer.minimize(live, QuadraticModel.loss(live), 0.1));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"layer_norm,kernel", "LayerNorm,layer_norm", "gamma"})
  void listOfExclusionsForAllModels_isTaken(String patterns) {
    try (LiveModel live = QuadraticModel.of(Variable.Kind.RESOURCE).open()) {
      new AdamW(WeightDecay.of(0.1, patterns.split(",")))
          .minimize(live, QuadraticModel.loss(live), 0.1);
    }
  }

  @Test
  void numbersOutOfRange_areRefusedByName() {
    assertRefused("momentum must be in [0, 1), not 1.0", () -> new SgdMomentum(1, false, 0));
    assertRefused("momentum must be in", () -> new SgdMomentum(Double.NaN, false, 0));
    assertRefused("weight decay must not be negative", () -> new SgdMomentum(0, false, -1));
    assertRefused("beta_1 must be in [0, 1), not -0.1", () -> new Adam(-0.1, 0.9, 1));
    assertRefused("beta_2 must be in [0, 1), not 1.0", () -> new Adam(0.9, 1, 1));
    assertRefused("epsilon must be positive, not 0.0", () -> new Adam(0.9, 0.9, 0));
    assertRefused("rho must be in [0, 1), not 1.5", () -> new RmsProp(1.5, 0, 1, false));
    assertRefused("momentum must be in", () -> new RmsProp(0, 1, 1, false));
    assertRefused("weight decay must not be negative", () -> WeightDecay.of(-1));
    assertRefused(
        "\"(bias\" is not a regular expression: Unclosed group at character 5",
        () -> WeightDecay.of(1, "(bias"));
    assertRefused("must be positive, not 0.0", () -> GradientClipping.byNorm(0));
    assertRefused("beta_2", () -> new Lamb(0.9, 2, 1, WeightDecay.NONE, List.of()));
  }

  @Test
  void weightDecay_isOfWhatIsIncludedOrNotExcluded() {
    WeightDecay decay = new WeightDecay(0.1, List.of("attention"), List.of("bias", "norm$"));
    assertTrue(decay.appliesTo("dense/kernel"));
    assertTrue(decay.appliesTo("attention/bias"));
    assertFalse(decay.appliesTo("dense/bias"));
    assertFalse(decay.appliesTo("layer_norm"));
    assertTrue(decay.appliesTo("layer_norm/beta"));
    assertFalse(WeightDecay.NONE.appliesTo("dense/kernel"));
  }

  private static void assertRefused(String message, Supplier<?> action) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action::get, message);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static Placeholder<TFloat32> rate(LiveModel live) {
    return live.ops().placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
  }

  private static void train(
      LiveModel live, Optimizer optimizer, int first, int end, Path saved, Path restored) {
    Placeholder<TFloat32> rate = rate(live);
    Op step = optimizer.minimize(live, QuadraticModel.loss(live), rate);
    if (restored != null) {
      live.restore(restored);
    }
    for (int i = first; i < end; i++) {
      if (i == 4 && saved != null) {
        live.save(saved);
      }
      QuadraticModel.step(live, step, 1 + Math.sin(i), rate, 0.1 / (i + 1));
    }
  }

  private static Map<String, float[]> all(LiveModel live) {
    Map<String, float[]> values = new HashMap<>();
    GraphModel model = live.snapshot();
    model.variables().keySet().forEach(n -> values.put(n, QuadraticModel.value(live, n)));
    live.addedVariables().stream()
        .map(Variable::name)
        .filter(name -> !name.equals("optimizer/iterations"))
        .forEach(name -> values.put(name, QuadraticModel.value(live, name)));
    return values;
  }
}
