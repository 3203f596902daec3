package org.tfmot.techniques.pruning;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Recomputes masks when the schedule says so, and keeps the weights masked after every step. The
 * update at the run's end step is made after the last step: it is the same moment.
 */
final class PruningHook implements TrainingHook {

  /** Of longer runs no more steps are looked at before they begin. */
  private static final long LOOKED_AT = 10_000_000;

  private static final double NONE = -1;

  /** Asks for a zero in the smallest of masks, where a schedule does not know its end. */
  private static final double FEWEST = 0.5;

  private final PruningSchedule schedule;
  private final Operations operations;

  /** Set when a run begins; nothing of the model depends on it, so no checkpoint has it. */
  private long endStep = Long.MAX_VALUE;

  /** The sparsity of the last update of this run; {@link #NONE} if nobody calls the hook. */
  private double updatedTo = NONE;

  /**
   * The graph's nodes for a hook.
   *
   * @param sparsity the placeholder of the sparsity to reach
   * @param update recomputes and applies all masks
   * @param apply masks all weights
   * @param finished the tensor that tells whether all masks have the sparsity
   * @param masks the masks' variables
   */
  record Operations(
      String sparsity, String update, String apply, String finished, List<String> masks) {

    Operations {
      masks = List.copyOf(masks);
    }
  }

  PruningHook(PruningSchedule schedule, Operations operations) {
    this.schedule = schedule;
    this.operations = operations;
  }

  @Override
  public List<String> operations() {
    return List.of(operations.update, operations.apply);
  }

  @Override
  public void begin(Session session, long firstStep, long endStep) {
    running(session, operations.apply);
    boolean updates = false;
    boolean prunes = false;
    double reached = 0;
    // A run without an end has a step that is too large to count to.
    long last = Math.min(endStep, LOOKED_AT);
    for (long step = 0; step <= last; step++) {
      if (schedule.updatesAt(step)) {
        double sparsity = schedule.sparsity(step);
        ScheduleChecks.sparsity("the sparsity of " + schedule + " at step " + step, sparsity);
        updates |= step < endStep;
        prunes |= step < endStep && sparsity > 0;
        reached = Math.max(reached, sparsity);
      }
    }
    double wanted = schedule.finalSparsity().orElse(0);
    boolean complete = prunes && reached >= wanted;
    if (!complete && endStep <= LOOKED_AT && !isFinished(session)) {
      throw new IllegalArgumentException(
          prunes
              ? String.format(
                  Locale.ROOT,
                  "%s ends after the training, which has %d steps: of the sparsity %s it would"
                      + " reach %.4g. Let the schedule end earlier or train longer; if this run is"
                      + " a part of a longer training, begin it with the end of that",
                  schedule,
                  endStep,
                  wanted,
                  reached)
              : "%s never %s within %d steps: begin earlier, update more often or train longer"
                  .formatted(
                      schedule,
                      updates ? "prunes anything (its updates have sparsity 0)" : "updates a mask",
                      endStep));
    }
    this.endStep = endStep;
    updatedTo = NONE;
  }

  @Override
  public void requireDone(GraphModel trained) {
    boolean called = updatedTo != NONE;
    // Before the schedule's first update there are no zeros yet.
    double sparsity = called ? updatedTo : schedule.finalSparsity().orElse(FEWEST);
    boolean zeros =
        operations.masks.stream()
            .map(mask -> TensorProtos.toFloats(trained.variable(mask).value()))
            .anyMatch(PruningHook::hasZero);
    if (zeros || sparsity == 0 || isFinished(trained, sparsity)) {
      return;
    }
    String message =
        called
            ? "no weight of this model is pruned, though the hook of magnitude pruning (%s) ran:"
                + " take the trained values in with optimized.withModel(live.snapshot()) before"
                + " strip()"
            : "no weight is pruned: the hook of magnitude pruning (%s) never ran. Call begin() of"
                + " optimized.hooks() before training, and beforeStep() and afterStep() around each"
                + " step";
    throw new IllegalStateException(message.formatted(schedule));
  }

  private static boolean hasZero(float[] mask) {
    for (float each : mask) {
      if (each == 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void beforeStep(Session session, long step) {
    updatedTo = Math.max(updatedTo, 0);
    if (schedule.updatesAt(step)) {
      update(session, step);
    }
  }

  @Override
  public void afterStep(Session session, long step) {
    if (step + 1 == endStep && schedule.updatesAt(endStep)) {
      update(session, endStep);
    } else {
      running(session, operations.apply).run().close();
    }
  }

  /**
   * The masks of some weights after an update at step 0, by the masks' variables.
   *
   * @param weights variables that this pruning has masked
   */
  Map<String, TensorProto> masksAfterUpdate(GraphModel model, Collection<String> weights) {
    ModelEditor editor = withSparsity(model, schedule.sparsity(0));
    Map<String, String> next = new LinkedHashMap<>();
    for (String weight : weights) {
      String mask = MaskNodes.maskVariable(weight);
      next.put(mask, MaskNodes.next(editor.graph(), mask));
    }
    Map<String, TensorProto> values = StaticTensors.evaluate(editor.build(), next.values());
    Map<String, TensorProto> masks = new LinkedHashMap<>();
    next.forEach((variable, tensor) -> masks.put(variable, values.get(tensor)));
    return masks;
  }

  private ModelEditor withSparsity(GraphModel model, double sparsity) {
    ModelEditor editor = new ModelEditor(model);
    editor
        .graph()
        .replace(NodeBuilder.constant(operations.sparsity, TensorProtos.scalar((float) sparsity)));
    return editor;
  }

  /** Returns whether the masks of a model have as many zeros as a sparsity gives them. */
  private boolean isFinished(GraphModel model, double sparsity) {
    Map<String, TensorProto> values =
        StaticTensors.evaluate(withSparsity(model, sparsity).build(), List.of(operations.finished));
    try (Tensor finished =
        TensorProtos.toTensor(Objects.requireNonNull(values.get(operations.finished)))) {
      return ((TBool) finished).getBoolean();
    }
  }

  private void update(Session session, long step) {
    updatedTo = schedule.sparsity(step);
    try (TFloat32 value = TFloat32.scalarOf((float) schedule.sparsity(step))) {
      running(session, operations.update).feed(operations.sparsity, value).run().close();
    }
  }

  /** Returns a runner of one of the hook's operations, which only the pruned model has. */
  private static Session.Runner running(Session session, String operation) {
    try {
      return session.runner().addTarget(operation);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the session is not one of the model that is pruned: it has no operation \"%s\". Open"
                  .formatted(operation)
              + " the model of the Optimized whose hook this is, and give the hook its session",
          e);
    }
  }

  /** Returns whether an earlier run reached the final sparsity of the schedule. */
  private boolean isFinished(Session session) {
    OptionalDouble last = schedule.finalSparsity();
    if (last.isEmpty() || last.getAsDouble() == 0) {
      return false;
    }
    try (TFloat32 value = TFloat32.scalarOf((float) last.getAsDouble());
        Result result =
            session.runner().feed(operations.sparsity, value).fetch(operations.finished).run()) {
      return ((TBool) result.get(0)).getBoolean();
    }
  }
}
