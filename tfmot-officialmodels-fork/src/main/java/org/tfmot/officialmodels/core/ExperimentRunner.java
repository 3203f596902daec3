package org.tfmot.officialmodels.core;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.GraphModel;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/** Runs an experiment in a model folder. */
@API(status = API.Status.EXPERIMENTAL)
public final class ExperimentRunner {

  private static final long AVERAGING_BATCHES = 500;

  private final ExperimentConfig<?> config;
  private final Path folder;
  private final TrainingListener listener;

  /**
   * Prepares a run.
   *
   * @param folder takes checkpoints, metrics and {@code params.yaml}
   */
  public ExperimentRunner(ExperimentConfig<?> config, Path folder, TrainingListener listener) {
    this.config = config;
    this.folder = folder;
    this.listener = listener;
  }

  /**
   * Trains, from the folder's newest checkpoint if there is one, else from {@code
   * task.init_checkpoint} or from fresh weights. Once all is found to fit, the configuration is
   * written to {@code params.yaml}. A folder is resumed with the configuration that it was started
   * with; only {@code trainer.train_steps}, the intervals, {@code trainer.loss_upper_bound}, {@code
   * runtime} and the place of the data may be others.
   *
   * @throws IllegalArgumentException if the configuration, a checkpoint or the data do not fit, or
   *     the folder's {@code params.yaml} is of another run; the message names the keys
   * @throws UncheckedIOException if the folder cannot be written
   * @throws TrainingDivergedException if the loss is not finite or above the bound
   */
  public TrainingResult train() {
    config.validate();
    TaskConfig taskConfig = config.task();
    taskConfig.validateForTraining();
    ModelFolder.prepare(folder);
    boolean resumed = Trainer.latestCheckpoint(folder).isPresent();
    if (resumed) {
      ResumeCheck.requireSameRun(config, folder);
    }
    Task task = taskConfig.createTask();
    GraphModel model = task.buildModel(config.trainer().seed());
    if (taskConfig.initCheckpoint() != null && !resumed) {
      model = restore(model, Path.of(taskConfig.initCheckpoint()));
    }
    // A hook begins after the checkpoint was found to fit: a refused run leaves the file as it was.
    TrainingHook params =
        new TrainingHook() {
          @Override
          public void begin(Session session, long firstStep, long endStep) {
            config.write(folder);
          }
        };
    return new Trainer(task, config.trainerConfig(), folder, listener)
        .train(model, List.of(params));
  }

  /**
   * Evaluates the folder's newest checkpoint, or {@code task.init_checkpoint} if there is none, and
   * writes {@code metrics-<step>-<data>.json}.
   *
   * @throws IllegalArgumentException if there is no checkpoint or it does not fit
   */
  public Metrics evaluate() {
    config.validate();
    TaskConfig taskConfig = config.task();
    Path checkpoint = checkpointToEvaluate(taskConfig);
    Task task = taskConfig.createTask();
    GraphModel model = restore(task.buildModel(config.trainer().seed()), checkpoint);
    long step = step(checkpoint);
    ModelFolder.prepare(folder);
    try {
      Metrics metrics =
          task.evaluate(
              model.toInference(), (done, total) -> listener.evaluating(step, done, total));
      new MetricsLog(folder).evaluation(step, metrics, taskConfig.evaluationData());
      listener.evaluated(step, metrics);
      return metrics;
    } finally {
      listener.finished();
    }
  }

  /**
   * Averages checkpoints, saves the result as checkpoint {@code swa} in the folder, evaluates it
   * and writes {@code metrics-swa.json}.
   *
   * @param checkpoints two or more prefixes, or folders that stand for their newest checkpoint
   * @throws IllegalArgumentException if there are fewer than two checkpoints, which is found before
   *     data are loaded, or they do not fit the model
   * @see StochasticWeightAveraging
   */
  public Metrics average(List<Path> checkpoints) {
    config.validate();
    config.task().validateForTraining();
    if (checkpoints.size() < 2) {
      throw new IllegalArgumentException(
          "--average needs two checkpoints or more to average, such as run/ckpt-1000,run/ckpt-2000,"
              + " not "
              + checkpoints);
    }
    List<Path> prefixes = checkpoints.stream().map(ExperimentRunner::resolve).toList();
    ModelFolder.prepare(folder);
    long seed = config.trainer().seed();
    Task task = config.task().createTask();
    GraphModel fresh = task.buildModel(seed);
    List<GraphModel> models = prefixes.stream().map(prefix -> restore(fresh, prefix)).toList();
    GraphModel average = StochasticWeightAveraging.average(task, models, seed, AVERAGING_BATCHES);
    average.saveCheckpoint(folder.resolve("swa"));
    try {
      Metrics metrics =
          task.evaluate(
              average.toInference(), (done, total) -> listener.evaluating(0, done, total));
      new MetricsLog(folder).average(prefixes, metrics);
      listener.evaluated(0, metrics);
      return metrics;
    } finally {
      listener.finished();
    }
  }

  private Path checkpointToEvaluate(TaskConfig taskConfig) {
    return Trainer.latestCheckpoint(folder)
        .orElseGet(
            () -> {
              if (taskConfig.initCheckpoint() == null) {
                throw new IllegalArgumentException(
                    "there is no checkpoint in %s: train first, or set task.init_checkpoint"
                        .formatted(folder));
              }
              return resolve(Path.of(taskConfig.initCheckpoint()));
            });
  }

  private static GraphModel restore(GraphModel model, Path checkpoint) {
    Path prefix = resolve(checkpoint);
    try {
      return model.restore(prefix);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the checkpoint %s does not fit the model: %s".formatted(prefix, e.getMessage()), e);
    }
  }

  /** A folder stands for its newest checkpoint. */
  private static Path resolve(Path checkpoint) {
    if (!Files.isDirectory(checkpoint)) {
      return checkpoint;
    }
    return Trainer.latestCheckpoint(checkpoint)
        .orElseThrow(
            () ->
                new IllegalArgumentException("there is no checkpoint in the folder " + checkpoint));
  }

  /** The steps that a checkpoint has seen; 0 for one that holds a model and not a training run. */
  private static long step(Path checkpoint) {
    Variable step =
        new Variable(
            TrainingSession.GLOBAL_STEP, Variable.Kind.RESOURCE, false, TensorProtos.scalar(0L));
    try {
      Map<String, TensorProto> values = Checkpoint.read(checkpoint, List.of(step));
      return TensorProtos.toLong(values.getOrDefault(step.name(), step.value()));
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }
}
