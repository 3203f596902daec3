package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;

/**
 * A model with techniques applied: the model to train, the hooks to run beside training, and the
 * way back to a plain model for inference. Immutable; after training, {@link #withModel} takes the
 * trained values in.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Optimized {

  private final GraphModel model;
  private final List<TrainingHook> hooks;
  private final List<OptimizationReport> reports;
  private final List<UnaryOperator<GraphModel>> strips;

  private Optimized(
      GraphModel model,
      List<TrainingHook> hooks,
      List<OptimizationReport> reports,
      List<UnaryOperator<GraphModel>> strips) {
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.reports = List.copyOf(reports);
    this.strips = List.copyOf(strips);
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
   *     the techniques on top of it answered with, which may be a model in inference mode already,
   *     with nodes gone or made constant; only the last technique's is sure to get the trained
   *     model itself
   */
  public Optimized with(
      GraphModel changed,
      List<TrainingHook> added,
      OptimizationReport report,
      UnaryOperator<GraphModel> strip) {
    return new Optimized(
        changed,
        append(hooks, added),
        append(reports, List.of(report)),
        append(strips, List.of(strip)));
  }

  /** The model to train, with the techniques' state among its variables. */
  public GraphModel model() {
    return model;
  }

  /** Returns the hooks to call around training steps, in order. */
  public List<TrainingHook> hooks() {
    return hooks;
  }

  /** Returns a report of each technique, in the order of application. */
  public List<OptimizationReport> reports() {
    return reports;
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
    return new Optimized(trained, hooks, reports, strips);
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
    for (int i = strips.size() - 1; i >= 0; i--) {
      stripped = strips.get(i).apply(stripped);
    }
    return stripped.toInference();
  }

  private static <T> List<T> append(List<T> list, List<T> more) {
    List<T> all = new ArrayList<>(list);
    all.addAll(more);
    return all;
  }
}
