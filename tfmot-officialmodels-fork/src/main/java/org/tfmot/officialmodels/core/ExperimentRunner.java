package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;
import org.tfmot.api.experiment.ModelExporter;
import org.tfmot.api.graph.TensorProtos;

/** Runs an experiment in a model folder. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ExperimentRunner {

  private static final long AVERAGING_BATCHES = 500;

  private final ExperimentConfig<?> config;
  private final Path folder;
  private final TrainingListener listener;

  /** The result of the last training, if it came to its end. */
  private @Nullable Optimized trained;

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
   * task.init_checkpoint} or from fresh weights; the techniques of task and configuration are
   * applied to that, and their hooks run. Once all is found to fit, the configuration is written to
   * {@code params.yaml}. A folder is resumed with the configuration that it was started with; only
   * {@code trainer.train_steps}, the intervals, {@code trainer.loss_upper_bound}, {@code runtime}
   * and the place of the data may be others.
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
    Optimized start = new StartingModel(config).build(task, !resumed);
    // A hook begins after the checkpoint was found to fit: a refused run leaves the file as it was.
    TrainingHook params =
        new TrainingHook() {
          @Override
          public void begin(Session session, long firstStep, long endStep) {
            config.write(folder);
            TechniqueReports.write(start.reports(), folder);
          }
        };
    TrainingResult result =
        new Trainer(task, config.trainerConfig(), folder, listener).train(start, List.of(params));
    boolean complete = result.steps() == config.trainer().trainSteps();
    trained = complete ? start.withModel(result.model()) : null;
    return result;
  }

  /**
   * Evaluates the folder's newest checkpoint, or {@code task.init_checkpoint} if there is none and
   * no technique, and writes {@code metrics-<step>-<data>.json}. The checkpoint of a whole training
   * is stripped for it; one in the middle is evaluated as the trainer evaluates it there, because
   * techniques may not have had their whole effect yet.
   *
   * @throws IllegalArgumentException if there is no checkpoint or it does not fit
   */
  public Metrics evaluate() {
    config.validate();
    TaskConfig taskConfig = config.task();
    Path checkpoint = checkpointToEvaluate(taskConfig);
    Task task = taskConfig.createTask();
    long step = step(checkpoint);
    Optimized restored = new StartingModel(config).restored(task, checkpoint);
    boolean complete = step >= config.trainer().trainSteps();
    GraphModel model = complete ? restored.strip() : restored.model().toInference();
    ModelFolder.prepare(folder);
    try {
      Metrics metrics =
          task.evaluate(model, (done, total) -> listener.evaluating(step, done, total));
      new MetricsLog(folder).evaluation(step, metrics, taskConfig.evaluationData());
      listener.evaluated(step, metrics);
      return metrics;
    } finally {
      listener.finished();
    }
  }

  /**
   * Returns whether techniques took part in the training that {@link #train} brought to its end.
   */
  public boolean hasOptimized() {
    return trained != null && !trained.reports().isEmpty();
  }

  /**
   * Exports what {@link #train} made, or else the folder's newest checkpoint, without what
   * techniques need for training: to {@code export/<step>/saved_model}, and in every format for
   * which there is a {@link ModelExporter} on the class path.
   *
   * @return lines for users about what was written
   * @throws IllegalArgumentException if there is no checkpoint, a technique has not had its whole
   *     effect in it, or the model cannot be written in a format
   * @throws UncheckedIOException if the folder cannot be written
   */
  public List<String> export() {
    config.validate();
    Path checkpoint =
        Trainer.latestCheckpoint(folder)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no checkpoint in %s: train first".formatted(folder)));
    Optimized optimized =
        trained != null
            ? trained
            : new StartingModel(config).restored(config.task().createTask(), checkpoint);
    GraphModel stripped = stripped(optimized, checkpoint);
    List<OptimizationReport> reports = optimized.trainedReports();
    TechniqueReports.write(reports, folder);
    List<String> lines =
        new ArrayList<>(new ModelExport(folder).write(stripped, reports, step(checkpoint)));
    reports.stream()
        .flatMap(report -> report.warnings().stream())
        .forEach(
            w -> lines.add("warning: %s %s; %s".formatted(w.tensor(), w.detail(), w.remedy())));
    return lines;
  }

  /**
   * Averages checkpoints, saves the result as checkpoint {@code swa} in the folder, evaluates it
   * and writes {@code metrics-swa.json}.
   *
   * @param checkpoints two or more prefixes, or folders that represent their newest checkpoint
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
    require(
        config.techniques().isEmpty(),
        "--mode=average",
        "makes a mean of weights, not of the masks, centroids and ranges of techniques: take %s"
            + " out",
        config.techniques().stream().map(t -> "task." + t.section()).toList());
    List<Path> prefixes = checkpoints.stream().map(StartingModel::resolve).toList();
    ModelFolder.prepare(folder);
    long seed = config.trainer().seed();
    Task task = config.task().createTask();
    GraphModel fresh = task.buildModel(seed);
    List<GraphModel> models =
        prefixes.stream().map(prefix -> StartingModel.restore(fresh, prefix)).toList();
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

  private static GraphModel stripped(Optimized optimized, Path checkpoint) {
    try {
      return optimized.strip();
    } catch (IllegalStateException e) {
      throw new IllegalArgumentException(
          "the checkpoint %s cannot be exported yet: %s".formatted(checkpoint, e.getMessage()), e);
    }
  }

  private Path checkpointToEvaluate(TaskConfig taskConfig) {
    return Trainer.latestCheckpoint(folder)
        .orElseGet(
            () -> {
              if (taskConfig.initCheckpoint() == null || !config.techniques().isEmpty()) {
                throw new IllegalArgumentException(
                    "there is no checkpoint in %s: train first%s"
                        .formatted(
                            folder,
                            config.techniques().isEmpty()
                                ? ", or set task.init_checkpoint"
                                : "; task.init_checkpoint is of the model before its techniques"));
              }
              return StartingModel.resolve(Path.of(taskConfig.initCheckpoint()));
            });
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
