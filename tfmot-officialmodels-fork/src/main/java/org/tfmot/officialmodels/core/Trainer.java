package org.tfmot.officialmodels.core;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.tensorflow.Session;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.TrainingHook;

/**
 * Trains a model of a task and leaves checkpoints and metrics in a folder. A folder that already
 * holds a checkpoint is resumed: the same data in the same order, and on one thread the same bits,
 * as without the interruption.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Trainer {

  private final Task task;
  private final TrainerConfig config;
  private final Path folder;
  private final TrainingListener listener;

  /**
   * Prepares a run.
   *
   * @param folder takes checkpoints and metrics
   */
  public Trainer(Task task, TrainerConfig config, Path folder, TrainingListener listener) {
    this.task = task;
    this.config = config;
    this.folder = folder;
    this.listener = listener;
  }

  /**
   * Trains until the configured step, or until the JVM is asked to stop, which saves a checkpoint
   * first.
   *
   * @param model in training mode
   * @param hooks what a technique has to do beside training
   * @throws TrainingDivergedException if the loss is not finite
   */
  public TrainingResult train(GraphModel model, List<TrainingHook> hooks) {
    if (!model.isTraining()) {
      throw new IllegalArgumentException("the model to train is in inference mode");
    }
    try (LiveModel live = model.open(config.threads())) {
      TrainingSession session = new TrainingSession(live, task, config.optimizer());
      CheckpointManager checkpoints = new CheckpointManager(folder);
      Optional<Path> newest = checkpoints.newest();
      newest.ifPresent(live::restore);
      return run(live, session, checkpoints, hooks);
    }
  }

  private TrainingResult run(
      LiveModel live,
      TrainingSession training,
      CheckpointManager checkpoints,
      List<TrainingHook> hooks) {
    long first = training.globalStep();
    long end = config.trainSteps();
    Session session = live.session();
    hooks.forEach(hook -> hook.begin(session, first, end));
    listener.started(first, end);
    MetricsLog log = new MetricsLog(folder);
    Throughput throughput = new Throughput();
    Metrics metrics = null;
    long step = first;
    try (StopSignal stop = new StopSignal();
        Prefetcher input = new Prefetcher(task.trainingData(config.seed()), first, end)) {
      while (step < end && !stop.requested()) {
        train(training, hooks, session, step, input.take(), throughput, log);
        step++;
        boolean last = step == end || stop.requested();
        if (last || step % config.checkpointInterval() == 0) {
          checkpoints.save(live, step);
        }
        if (!stop.requested() && (step == end || due(step))) {
          metrics = task.evaluate(live.snapshot().toInference());
          log.evaluation(step, metrics);
          listener.evaluated(step, metrics);
        }
      }
      if (metrics == null) {
        metrics = task.evaluate(live.snapshot().toInference());
      }
      return new TrainingResult(live.snapshot(), step, metrics, throughput.perSecond());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      checkpoints.save(live, step);
      throw new IllegalStateException("training was interrupted at step " + step, e);
    } finally {
      listener.finished();
    }
  }

  private void train(
      TrainingSession training,
      List<TrainingHook> hooks,
      Session session,
      long step,
      Batch next,
      Throughput throughput,
      MetricsLog log) {
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
      throw new TrainingDivergedException(step, loss, rate);
    }
    log.step(step, loss, rate);
    listener.stepped(step, loss);
  }

  private boolean due(long step) {
    return config.validationInterval() > 0 && step % config.validationInterval() == 0;
  }
}
