package org.tfmot.techniques.pruning;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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

  private final String technique;
  private final PruningSchedule schedule;
  private final Operations operations;

  /** Set when a run begins; nothing of the model depends on it, so no checkpoint has it. */
  private long endStep = Long.MAX_VALUE;

  private boolean begun;

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

  PruningHook(String technique, PruningSchedule schedule, Operations operations) {
    this.technique = technique;
    this.schedule = schedule;
    this.operations = operations;
  }

  @Override
  public List<String> operations() {
    return List.of(operations.update, operations.apply);
  }

  @Override
  public void begin(Session session, long firstStep, long endStep) {
    if (firstStep < 0 || endStep < firstStep) {
      throw new IllegalArgumentException(
          ("a training has steps from 0 on, and an end not before its first, not %d to %d: the end"
                  + " is the number of the step after the last one, not how many steps there are")
              .formatted(firstStep, endStep));
    }
    running(session, operations.apply);
    Course course = course(firstStep, endStep);
    double wanted = schedule.finalSparsity().orElse(0);
    boolean complete = course.prunes && course.reached >= wanted;
    boolean known = endStep <= LOOKED_AT;
    if (known && !complete && !isFinished(session, wanted)) {
      throw new IllegalArgumentException(
          course.prunes ? tooLong(course, endStep) : idle(course, endStep));
    }
    double last = Math.max(wanted, course.reached);
    if (known && course.left < last && !isFinished(session, last)) {
      throw new IllegalArgumentException(
          ("the training goes on from step %d, where the masks do not have the sparsity %s yet and"
                  + " %s has no update left that gives it to them: restore the checkpoint before"
                  + " begin(), with live.restore(prefix), and call the hooks in every part of the"
                  + " training")
              .formatted(firstStep, last, schedule));
    }
    this.endStep = endStep;
    begun = true;
    updatedTo = NONE;
  }

  /**
   * The updates of a training.
   *
   * @param updates whether there is one before the last step is over
   * @param prunes whether one of those prunes
   * @param reached the highest sparsity of all
   * @param left the highest sparsity of those from the first step of the run on
   */
  private record Course(boolean updates, boolean prunes, double reached, double left) {}

  private Course course(long firstStep, long endStep) {
    boolean updates = false;
    boolean prunes = false;
    double reached = 0;
    double left = 0;
    // A run without an end has a step that is too large to count to.
    long last = Math.min(endStep, LOOKED_AT);
    for (long step = 0; step <= last; step++) {
      if (schedule.updatesAt(step)) {
        double sparsity = schedule.sparsity(step);
        ScheduleChecks.sparsity("the sparsity of " + schedule + " at step " + step, sparsity);
        updates |= step < endStep;
        prunes |= step < endStep && sparsity > 0;
        reached = Math.max(reached, sparsity);
        left = step < firstStep ? 0 : Math.max(left, sparsity);
      }
    }
    return new Course(updates, prunes, reached, left);
  }

  private String tooLong(Course course, long endStep) {
    return String.format(
        Locale.ROOT,
        "%s ends after the training, which has %d steps: of the sparsity %s it would reach %.4g."
            + " Let the schedule end earlier or train longer; if this run is a part of a longer"
            + " training, begin it with the end of that",
        schedule,
        endStep,
        schedule.finalSparsity().orElse(0),
        course.reached);
  }

  private String idle(Course course, long endStep) {
    return "%s never %s within %d steps: begin earlier, update more often or train longer"
        .formatted(
            schedule,
            course.updates ? "prunes anything (its updates have sparsity 0)" : "updates a mask",
            endStep);
  }

  @Override
  public void requireDone(GraphModel trained) {
    boolean called = updatedTo != NONE;
    boolean open = schedule.finalSparsity().isEmpty();
    double zeros = zeroFraction(trained);
    // A schedule without a known end may stop wherever it is.
    double wanted = schedule.finalSparsity().orElse(called ? updatedTo : FEWEST);
    if (wanted == 0 || (open && zeros > 0) || isFinished(trained, wanted)) {
      return;
    }
    if (!called && zeros == 0) {
      throw new IllegalStateException(
          ("no weight is pruned: the hook of %s (%s) never ran. Call begin() of optimized.hooks()"
                  + " before training, and beforeStep() and afterStep() around each step")
              .formatted(technique, schedule));
    }
    if (called && updatedTo > 0 && !isFinished(trained, updatedTo)) {
      throw new IllegalStateException(
          ("the hook of %s (%s) ran, but this model does not have its masks: take the trained"
                  + " values in with optimized.withModel(live.snapshot()) before strip()")
              .formatted(technique, schedule));
    }
    throw new IllegalStateException(
        String.format(
            Locale.ROOT,
            "pruning is not finished: %.4g of the weights with masks are zero, and %s aims at %s."
                + " Train on to its last update%s; to evaluate or convert the model as it is now,"
                + " take optimized.model().toInference()",
            zeros,
            schedule,
            wanted,
            called && !begun
                ? ", and call begin() of optimized.hooks() before the first step: it compares the"
                    + " schedule with the training, and without it an update at the training's end"
                    + " is not made"
                : " with the hooks"));
  }

  /** Returns the share of all masks that is zero. */
  private double zeroFraction(GraphModel model) {
    long zeros = 0;
    long all = 0;
    for (String mask : operations.masks) {
      for (float each : TensorProtos.toFloats(model.variable(mask).value())) {
        zeros += each == 0 ? 1 : 0;
        all++;
      }
    }
    return (double) zeros / all;
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

  /** Returns whether the masks of a session have as many zeros as a sparsity gives them. */
  private boolean isFinished(Session session, double sparsity) {
    if (sparsity == 0) {
      return false;
    }
    try (TFloat32 value = TFloat32.scalarOf((float) sparsity);
        Result result =
            session.runner().feed(operations.sparsity, value).fetch(operations.finished).run()) {
      return ((TBool) result.get(0)).getBoolean();
    }
  }
}
