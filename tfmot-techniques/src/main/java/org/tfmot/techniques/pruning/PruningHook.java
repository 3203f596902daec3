package org.tfmot.techniques.pruning;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.tensorflow.Result;
import org.tensorflow.Session;
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

  private final PruningSchedule schedule;
  private final Operations operations;

  /** Set when a run begins; nothing of the model depends on it, so no checkpoint has it. */
  private long endStep = Long.MAX_VALUE;

  /**
   * The graph's nodes for a hook.
   *
   * @param sparsity the placeholder of the sparsity to reach
   * @param update recomputes and applies all masks
   * @param apply masks all weights
   * @param finished the tensor that tells whether all masks have the sparsity
   */
  record Operations(String sparsity, String update, String apply, String finished) {}

  PruningHook(PruningSchedule schedule, Operations operations) {
    this.schedule = schedule;
    this.operations = operations;
  }

  @Override
  public void begin(Session session, long firstStep, long endStep) {
    boolean updates = false;
    boolean prunes = false;
    // A run without an end has a step that is too large to count to.
    long last = Math.min(endStep, LOOKED_AT);
    for (long step = 0; step <= last; step++) {
      if (schedule.updatesAt(step)) {
        double sparsity = schedule.sparsity(step);
        ScheduleChecks.sparsity("the sparsity of " + schedule + " at step " + step, sparsity);
        updates |= step < endStep;
        prunes |= step < endStep && sparsity > 0;
      }
    }
    if (!prunes && endStep <= LOOKED_AT && !isFinished(session)) {
      throw new IllegalArgumentException(
          "%s never %s within %d steps: begin earlier, update more often or train longer"
              .formatted(
                  schedule,
                  updates ? "prunes anything (its updates have sparsity 0)" : "updates a mask",
                  endStep));
    }
    this.endStep = endStep;
  }

  @Override
  public void beforeStep(Session session, long step) {
    if (schedule.updatesAt(step)) {
      update(session, step);
    }
  }

  @Override
  public void afterStep(Session session, long step) {
    if (step + 1 == endStep && schedule.updatesAt(endStep)) {
      update(session, endStep);
    } else {
      session.runner().addTarget(operations.apply).run().close();
    }
  }

  /**
   * The masks of some weights after an update at step 0, by the masks' variables.
   *
   * @param weights variables that this pruning has masked
   */
  Map<String, TensorProto> masksAfterUpdate(GraphModel model, Collection<String> weights) {
    ModelEditor editor = new ModelEditor(model);
    float sparsity = (float) schedule.sparsity(0);
    editor
        .graph()
        .replace(NodeBuilder.constant(operations.sparsity, TensorProtos.scalar(sparsity)));
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

  private void update(Session session, long step) {
    try (TFloat32 value = TFloat32.scalarOf((float) schedule.sparsity(step))) {
      session.runner().feed(operations.sparsity, value).addTarget(operations.update).run().close();
    }
  }

  /** Whether an earlier run has brought the masks to where the schedule ends. */
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
