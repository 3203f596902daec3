package org.tfmot.api.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;

/** Fifty steps on either kind of variable are those of the papers' formulas in double. */
class OptimizerFormulasTest {

  private static final int STEPS = 50;

  /** One variable's update: w, g, its state by name, the rate and the number of the step from 1. */
  interface Formula {
    void apply(
        String name, double[] w, double[] g, Map<String, double[]> state, double rate, int t);
  }

  static Stream<Arguments> optimizers() {
    List<Arguments> all = new ArrayList<>();
    add(all, new SgdMomentum(0, false, 0), sgd(0, false, 0));
    add(all, new SgdMomentum(0.9, false, 0.3), sgd(0.9, false, 0.3));
    add(all, new SgdMomentum(0.9, true, 0), sgd(0.9, true, 0));
    add(all, new SgdMomentum(0.9, true, 0.3), sgd(0.9, true, 0.3));
    add(all, new Adam(), adam(0.9, 0.999, 1e-7, 0));
    add(all, new Adam(0.5, 0.9, 0.1), adam(0.5, 0.9, 0.1, 0));
    add(all, new AdamW(WeightDecay.of(0.1, "bias")), adam(0.9, 0.999, 1e-7, 0.1));
    add(
        all,
        new AdamW(
            new Adam(0.8, 0.99, 1e-3),
            new WeightDecay(0.2, List.of("kern"), List.of("k", "^bias$"))),
        adam(0.8, 0.99, 1e-3, 0.2));
    add(all, new RmsProp(), rmsProp(0.9, 0, 1e-7, false));
    add(all, new RmsProp(0.8, 0.5, 1e-2, false), rmsProp(0.8, 0.5, 1e-2, false));
    add(all, new RmsProp(0.8, 0.5, 1e-2, true), rmsProp(0.8, 0.5, 1e-2, true));
    add(all, new Lamb(WeightDecay.NONE), lamb(0, List.of()));
    add(all, new Lamb(WeightDecay.of(0.1, "bias")), lamb(0.1, List.of("bias")));
    add(
        all,
        new Lamb(0.9, 0.999, 1e-6, WeightDecay.of(0.1, "bias"), List.of("kernel")),
        lamb(0.1, List.of("kernel")));
    return all.stream();
  }

  private static void add(List<Arguments> all, Optimizer optimizer, Formula formula) {
    for (Variable.Kind kind : Variable.Kind.values()) {
      all.add(Arguments.of(kind, optimizer, formula));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("optimizers")
  void steps_followTheFormula(Variable.Kind kind, Optimizer optimizer, Formula formula) {
    compare(kind, optimizer, formula, gradients -> {});
  }

  @ParameterizedTest
  @ValueSource(strings = {"VALUE", "NORM", "GLOBAL_NORM"})
  void clippedSteps_followTheFormula(GradientClipping.By by) {
    double limit = 2;
    Optimizer optimizer = new SgdMomentum(0.9, false, 0).clipped(new GradientClipping(by, limit));
    for (Variable.Kind kind : Variable.Kind.values()) {
      compare(kind, optimizer, sgd(0.9, false, 0), gradients -> clip(by, limit, gradients));
    }
  }

  interface Clip {
    void clip(Map<String, double[]> gradients);
  }

  private static void compare(Variable.Kind kind, Optimizer optimizer, Formula formula, Clip clip) {
    Map<String, double[]> expected = new HashMap<>();
    QuadraticModel.INITIAL.forEach((name, value) -> expected.put(name, value.clone()));
    Map<String, Map<String, double[]>> states = new HashMap<>();
    try (LiveModel live = QuadraticModel.of(kind).open(Threads.ONE)) {
      Placeholder<TFloat32> rate =
          live.ops().placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      Op step = optimizer.minimize(live, QuadraticModel.loss(live), rate);
      for (int t = 1; t <= STEPS; t++) {
        double scale = 1 + Math.sin(t); // Gradients of all sizes, small ones too.
        double learningRate = t <= 20 ? 0.01 : 0.05 / t; // A schedule.
        Map<String, double[]> gradients = new HashMap<>();
        expected.forEach((name, w) -> gradients.put(name, times(w, (float) scale)));
        clip.clip(gradients);
        for (Map.Entry<String, double[]> w : expected.entrySet()) {
          formula.apply(
              w.getKey(),
              w.getValue(),
              gradients.get(w.getKey()),
              states.computeIfAbsent(w.getKey(), key -> new HashMap<>()),
              (float) learningRate,
              t);
        }
        QuadraticModel.step(live, step, scale, rate, learningRate);
      }
      expected.forEach(
          (name, w) ->
              assertArrayEquals(
                  QuadraticModel.floats(w), QuadraticModel.value(live, name), 5e-5f, name));
    }
  }

  private static double[] times(double[] w, double factor) {
    double[] product = new double[w.length];
    for (int i = 0; i < w.length; i++) {
      product[i] = w[i] * factor;
    }
    return product;
  }

  private static double[] slot(Map<String, double[]> state, String name, int size) {
    return state.computeIfAbsent(name, key -> new double[size]);
  }

  private static Formula sgd(double momentum, boolean nesterov, double decay) {
    return (name, w, g, state, rate, t) -> {
      double[] a = slot(state, "a", w.length);
      for (int i = 0; i < w.length; i++) {
        double total = g[i] + (name.equals("kernel") ? decay * w[i] : 0);
        a[i] = momentum * a[i] + total;
        w[i] -= rate * (nesterov ? total + momentum * a[i] : a[i]);
      }
    };
  }

  /** The kernel decays, the bias does not. */
  private static Formula adam(double beta1, double beta2, double epsilon, double decay) {
    return (name, w, g, state, rate, t) -> {
      double[] m = slot(state, "m", w.length);
      double[] v = slot(state, "v", w.length);
      double factor = rate * Math.sqrt(1 - Math.pow(beta2, t)) / (1 - Math.pow(beta1, t));
      for (int i = 0; i < w.length; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        w[i] -= name.equals("kernel") ? rate * decay * w[i] : 0;
        w[i] -= factor * m[i] / (Math.sqrt(v[i]) + epsilon);
      }
    };
  }

  private static Formula rmsProp(double rho, double momentum, double epsilon, boolean centered) {
    return (name, w, g, state, rate, t) -> {
      double[] s = slot(state, "s", w.length);
      double[] a = slot(state, "a", w.length);
      double[] mean = slot(state, "mean", w.length);
      for (int i = 0; i < w.length; i++) {
        s[i] = rho * s[i] + (1 - rho) * g[i] * g[i];
        mean[i] = rho * mean[i] + (1 - rho) * g[i];
        double variance = centered ? s[i] - mean[i] * mean[i] : s[i];
        a[i] = momentum * a[i] + rate * g[i] / Math.sqrt(variance + epsilon);
        w[i] -= a[i];
      }
    };
  }

  /** The kernel decays, the bias does not. */
  private static Formula lamb(double decay, List<String> notAdapted) {
    return (name, w, g, state, rate, t) -> {
      double[] m = slot(state, "m", w.length);
      double[] v = slot(state, "v", w.length);
      double[] u = new double[w.length];
      for (int i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        double corrected = v[i] / (1 - Math.pow(0.999, t));
        u[i] = m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(corrected) + 1e-6);
        u[i] += name.equals("kernel") ? decay * w[i] : 0;
      }
      double ratio = notAdapted.contains(name) ? 1 : norm(w) / norm(u);
      for (int i = 0; i < w.length; i++) {
        w[i] -= rate * ratio * u[i];
      }
    };
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  private static void clip(GradientClipping.By by, double limit, Map<String, double[]> gradients) {
    double all = Math.hypot(norm(gradients.get("kernel")), norm(gradients.get("bias")));
    for (double[] g : gradients.values()) {
      double norm = by == GradientClipping.By.GLOBAL_NORM ? all : norm(g);
      for (int i = 0; i < g.length; i++) {
        g[i] =
            by == GradientClipping.By.VALUE
                ? Math.max(-limit, Math.min(limit, g[i]))
                : g[i] * Math.min(1, limit / norm);
      }
    }
  }
}
