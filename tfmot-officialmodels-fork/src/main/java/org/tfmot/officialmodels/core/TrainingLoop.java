package org.tfmot.officialmodels.core;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Session;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.LiveModel;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/** One run from the step that a live model stands at to the last, or to the signal to stop. */
final class TrainingLoop {

  private final Task task;
  private final TrainerConfig config;
  private final LiveModel live;
  private final TrainingSession training;
  private final CheckpointManager checkpoints;
  private final MetricsLog log;
  private final TrainingListener listener;
  private final StopSignal stop;
  private final Throughput throughput = new Throughput();
  private long step;
  private long saved;
  private @Nullable Metrics metrics;

  TrainingLoop(
      Task task,
      TrainerConfig config,
      LiveModel live,
      TrainingSession training,
      CheckpointManager checkpoints,
      MetricsLog log,
      TrainingListener listener,
      StopSignal stop) {
    this.task = task;
    this.config = config;
    this.live = live;
    this.training = training;
    this.checkpoints = checkpoints;
    this.log = log;
    this.listener = listener;
    this.stop = stop;
  }

  TrainingResult run(BatchSource data, List<TrainingHook> hooks) {
    Session session = live.session();
    long end = config.trainSteps();
    step = training.globalStep();
    saved = step;
    if (step > end) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the folder's checkpoint has seen %d steps, more than train_steps, which is %d",
              step,
              end));
    }
    long first = step;
    hooks.forEach(hook -> hook.begin(session, first, end));
    log.resume(first);
    listener.started(first, end);
    try (Prefetcher input = new Prefetcher(data, first, end)) {
      if (step > 0 && due() && !log.hasEvaluation(step)) {
        evaluate(); // The run before was killed between checkpoint and evaluation.
      }
      while (step < end && !stop.requested()) {
        trainOne(session, hooks, input.take());
        if (step == end || step % config.checkpointInterval() == 0) {
          save();
        }
        if (due() && !stop.requested()) {
          evaluate();
        }
      }
      if (saved < step) {
        save();
      }
      if (metrics == null && !stop.requested()) {
        evaluate();
      }
      if (stop.requested() && (step < end || metrics == null)) {
        listener.stopped(step, checkpoints.folder());
      }
      Metrics last = metrics == null ? Metrics.NONE : metrics;
      return new TrainingResult(live.snapshot(), step, last, throughput.perSecond());
    } catch (InterruptedException e) {
      save();
      listener.stopped(step, checkpoints.folder());
      Thread.currentThread().interrupt();
      throw new IllegalStateException("training was interrupted at step " + step, e);
    } finally {
      listener.finished();
    }
  }

  private void trainOne(Session session, List<TrainingHook> hooks, Batch next) {
    double rate = config.learningRate().at(step);
    float loss;
    try (Batch batch = next) {
      throughput.begin();
      hooks.forEach(hook -> hook.beforeStep(session, step));
      loss = training.step(batch, rate);
      hooks.forEach(hook -> hook.afterStep(session, step));
      throughput.end(batch.size());
    }
    if (!Float.isFinite(loss)) {
      throw TrainingDivergedException.loss(step, loss, rate);
    }
    if (loss > config.lossUpperBound()) {
      throw TrainingDivergedException.lossBound(step, loss, config.lossUpperBound(), rate);
    }
    log.step(step, loss, rate);
    listener.stepped(step, loss);
    step++;
  }

  private void save() {
    requireFinite();
    log.beforeCheckpoint(step);
    checkpoints.save(live, step);
    saved = step;
  }

  /** A loss that is still finite may have led to values that are not: those are not saved. */
  private void requireFinite() {
    for (Variable variable : live.snapshot().variables().values()) {
      requireFinite(variable.name(), variable.value());
    }
    training.slots().forEach(this::requireFinite);
  }

  private void requireFinite(String variable, TensorProto values) {
    if (values.getDtype() == DataType.DT_FLOAT) {
      for (float value : TensorProtos.toFloats(values)) {
        if (!Float.isFinite(value)) {
          throw TrainingDivergedException.variable(step - 1, variable);
        }
      }
    }
  }

  private boolean due() {
    return step == config.trainSteps()
        || (config.validationInterval() > 0 && step % config.validationInterval() == 0);
  }

  private void evaluate() {
    Metrics evaluated =
        task.evaluate(
            live.snapshot().toInference(), (done, total) -> listener.evaluating(step, done, total));
    metrics = evaluated;
    log.evaluation(step, evaluated);
    listener.evaluated(step, evaluated);
  }
}
