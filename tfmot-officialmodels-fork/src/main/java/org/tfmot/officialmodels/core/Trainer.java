package org.tfmot.officialmodels.core;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.GraphEditor;

/**
 * Trains a model of a task and leaves checkpoints and metrics in a folder. A folder that already
 * holds a checkpoint is resumed from the newest: the same data in the same order, and on one thread
 * the same bits, as without the interruption.
 *
 * <p>The folder gets {@code ckpt-<step>} (the newest two), {@code checkpoint} (their names), {@code
 * train.jsonl} (the mean loss of every hundred steps), {@code train-state.json} (what the log needs
 * to be resumed) and {@code metrics-<step>.json} (every evaluation).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
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

  /** The prefix of the newest complete checkpoint that a run left in a folder. */
  public static Optional<Path> latestCheckpoint(Path folder) {
    return new CheckpointManager(folder).newest();
  }

  /**
   * Trains what techniques made of a model, with their hooks.
   *
   * @return the model in training mode, for {@link Optimized#withModel}
   * @throws IllegalArgumentException as {@link #train(GraphModel, List)}
   * @throws UncheckedIOException if the folder cannot be written
   * @throws TrainingDivergedException if the loss is not finite or above the bound
   */
  public TrainingResult train(Optimized optimized) {
    return train(optimized, List.of());
  }

  /**
   * Trains until the configured step, or until the JVM is asked to stop (Ctrl-C, SIGTERM), which
   * saves a checkpoint first. Everything is checked before the first step.
   *
   * @param model in training mode
   * @param hooks what a technique has to do beside training; each of their methods is called in the
   *     order of the list
   * @throws IllegalArgumentException if the model does not fit the task, or the folder's checkpoint
   *     the model; the message names the variable; or if the model has an operation that changes
   *     variables and that no hook runs ({@link TrainingHook#operations}); the message names it
   * @throws UncheckedIOException if the folder cannot be written
   * @throws TrainingDivergedException if the loss is not finite or above the bound
   */
  public TrainingResult train(GraphModel model, List<? extends TrainingHook> hooks) {
    requireHooks(model, hooks);
    return run(model, hooks);
  }

  /** Trains with hooks of techniques, and with others behind them. */
  TrainingResult train(Optimized optimized, List<TrainingHook> others) {
    requireHooks(optimized.model(), optimized.hooks());
    List<TrainingHook> all = new ArrayList<>(optimized.hooks());
    all.addAll(others);
    return run(optimized.model(), all);
  }

  /** Refuses a model whose technique would have no effect: a run of hours would not tell. */
  private static void requireHooks(GraphModel model, List<? extends TrainingHook> hooks) {
    List<String> operations = new ArrayList<>(changes(model));
    hooks.forEach(hook -> operations.removeAll(hook.operations()));
    if (!operations.isEmpty()) {
      throw new IllegalArgumentException(
          ("a technique was applied to the model, but its hooks are missing: none of the %d hooks"
               + " runs %s, and the technique would have no effect. Train the Optimized that the"
               + " technique made, or its model() with its hooks(); in an experiment, let"
               + " buildModel return the float model, and apply the technique in Task.optimize or"
               + " by a section of the configuration such as task.pruning. A hook of your own names"
               + " what it runs in TrainingHook.operations()")
              .formatted(hooks.size(), String.join(", ", operations)));
    }
  }

  /** Returns the operations beside the steps that change variables: those wait for hooks. */
  private static List<String> changes(GraphModel model) {
    GraphEditor graph = new GraphEditor(model.graphDef());
    return model.endpoints().operations().stream()
        .filter(
            operation ->
                graph.reachable(List.of(operation)).stream()
                    .anyMatch(node -> graph.node(node).getOp().startsWith("Assign")))
        .toList();
  }

  private TrainingResult run(GraphModel model, List<? extends TrainingHook> hooks) {
    model.requireCanTrain("training");
    BatchSource data = task.trainingData(config.seed());
    ModelFolder.prepare(folder);
    CheckpointManager checkpoints = new CheckpointManager(folder);
    // The signal is closed last: the JVM must not end while TensorFlow's threads are at work.
    try (StopSignal stop = new StopSignal();
        LiveModel live = model.open(config.threads())) {
      TrainingSession session = new TrainingSession(live, task, config.optimizer());
      checkpoints.newest().ifPresent(newest -> resume(live, newest));
      return new TrainingLoop(
              task, config, live, session, checkpoints, new MetricsLog(folder), listener, stop)
          .run(data, List.copyOf(hooks));
    }
  }

  private void resume(LiveModel live, Path checkpoint) {
    try {
      live.restore(checkpoint);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the checkpoint %s is of another model: %s; choose another folder to train this one in"
              .formatted(checkpoint, e.getMessage()),
          e);
    }
  }
}
