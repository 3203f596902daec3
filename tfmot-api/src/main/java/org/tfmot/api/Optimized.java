package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;

/**
 * A model with techniques applied: the model to train, the hooks to run beside training, and the
 * way back to a plain model for inference. Immutable; after training, {@link #withModel} takes the
 * trained values in.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Optimized {

  private final GraphModel model;
  private final List<TrainingHook> hooks;
  private final List<OptimizationReport> reports;
  private final List<Step> steps;

  /** The way back from one technique, and what it warns of on that way. */
  private record Step(
      UnaryOperator<GraphModel> strip, Function<GraphModel, List<Warning>> warnings) {}

  private Optimized(
      GraphModel model,
      List<TrainingHook> hooks,
      List<OptimizationReport> reports,
      List<Step> steps) {
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.reports = List.copyOf(reports);
    this.steps = List.copyOf(steps);
  }

  /** A model that no technique has touched yet. */
  public static Optimized of(GraphModel model) {
    Arguments.require(model, "model");
    return new Optimized(model, List.of(), List.of(), List.of());
  }

  /**
   * This result with one more technique on top.
   *
   * @param changed the changed model
   * @param added what the technique runs beside training
   * @param report what it did
   * @param strip takes the technique's training machinery out of a trained model and leaves its
   *     effect. Strips run in the reverse order of application: each is given what the strips of
   *     the techniques on top of it returned, which may be a model in inference mode already, with
   *     nodes gone or made constant; only the last technique's is sure to get the trained model
   *     itself
   */
  public Optimized with(
      GraphModel changed,
      List<TrainingHook> added,
      OptimizationReport report,
      UnaryOperator<GraphModel> strip) {
    return with(changed, added, report, strip, trained -> List.of());
  }

  /**
   * This result with one more technique on top, which warns of what training has made.
   *
   * @param warnings finds what is likely to cost accuracy in the model that {@code strip} is given
   * @see #with(GraphModel, List, OptimizationReport, UnaryOperator)
   */
  public Optimized with(
      GraphModel changed,
      List<TrainingHook> added,
      OptimizationReport report,
      UnaryOperator<GraphModel> strip,
      Function<GraphModel, List<Warning>> warnings) {
    return new Optimized(
        changed,
        append(hooks, added),
        append(reports, List.of(report)),
        append(steps, List.of(new Step(strip, warnings))));
  }

  /** The model to train, with the techniques' state among its variables. */
  public GraphModel model() {
    return model;
  }

  /** Returns the hooks to call around training steps, in order. */
  public List<TrainingHook> hooks() {
    return hooks;
  }

  /**
   * Returns a report of each technique, in the order of application, as it was applied.
   *
   * @see #trainedReports
   */
  public List<OptimizationReport> reports() {
    return reports;
  }

  /**
   * Returns the reports with warnings about what training has made, such as ranges of activations
   * that are likely to cost accuracy. To be read beside {@link #strip}.
   *
   * <pre>{@code
   * optimized.withModel(live.snapshot()).trainedReports().forEach(System.out::println);
   * }</pre>
   *
   * @throws IllegalStateException if a technique's hook never ran, so that it had no effect
   */
  public List<OptimizationReport> trainedReports() {
    hooks.forEach(hook -> hook.requireDone(model));
    List<OptimizationReport> trained = new ArrayList<>(reports);
    GraphModel stripped = model;
    for (int i = steps.size() - 1; i >= 0; i--) {
      OptimizationReport report = reports.get(i);
      List<Warning> warnings = append(report.warnings(), steps.get(i).warnings.apply(stripped));
      trained.set(
          i,
          new OptimizationReport(report.technique(), report.applied(), report.skipped(), warnings));
      stripped = steps.get(i).strip.apply(stripped);
    }
    return trained;
  }

  /**
   * Returns the same with a trained model.
   *
   * @param trained a model with the same graph, such as {@link LiveModel#snapshot} returns
   * @throws IllegalArgumentException if the graph is another one, or a variable has become NaN or
   *     infinite; the message names it
   */
  public Optimized withModel(GraphModel trained) {
    Arguments.require(trained, "trained");
    if (!trained.graphDef().equals(model.graphDef())) {
      throw new IllegalArgumentException("the trained model has another graph than this one");
    }
    requireFinite(trained);
    return new Optimized(trained, hooks, reports, steps);
  }

  /** Training that diverged is named where its values come in, and not by what they break later. */
  private void requireFinite(GraphModel trained) {
    for (Variable variable : trained.variables().values()) {
      Double value = TensorProtos.notFinite(variable.value());
      if (value != null
          && TensorProtos.notFinite(model.variable(variable.name()).value()) == null) {
        throw new IllegalArgumentException(
            ("the variable \"%s\" has become %s: training has diverged, or a batch has such a"
                    + " value. Lower the learning rate or limit gradients"
                    + " (GradientClipping.byGlobalNorm), and start from the last checkpoint that is"
                    + " finite")
                .formatted(variable.name(), value));
      }
    }
  }

  /**
   * The model for inference: the training machinery is gone, its effect stays.
   *
   * @throws IllegalStateException if a technique's hook never ran, so that it had no effect
   */
  public GraphModel strip() {
    hooks.forEach(hook -> hook.requireDone(model));
    GraphModel stripped = model;
    for (int i = steps.size() - 1; i >= 0; i--) {
      stripped = steps.get(i).strip.apply(stripped);
    }
    return stripped.toInference();
  }

  private static <T> List<T> append(List<T> list, List<T> more) {
    List<T> all = new ArrayList<>(list);
    all.addAll(more);
    return all;
  }
}
