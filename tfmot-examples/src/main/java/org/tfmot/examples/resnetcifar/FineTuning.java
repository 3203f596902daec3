package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Checkpoint;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.api.optimizer.SgdMomentum;
import org.tfmot.examples.report.TrainingCurve;
import org.tfmot.officialmodels.core.StochasticWeightAveraging;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.Trainer;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainingResult;

/** Fine-tunes what a technique made of the float model. */
final class FineTuning {

  private static final SgdMomentum OPTIMIZER = new SgdMomentum(0.9, true, 5e-4);

  /** Steps over the 45,000 training images. */
  private static final long EPOCH = 351;

  private static final int EVALUATIONS = 4;

  /** Of a moving average with decay 0.9 they leave nothing. */
  private static final long AVERAGING_BATCHES = 100;

  private final Task task;
  private final Path folder;
  private final long seed;
  private final Console console;

  /**
   * Prepares fine-tuning.
   *
   * @param folder takes a folder for each run
   */
  FineTuning(Task task, Path folder, long seed, Console console) {
    this.task = task;
    this.folder = folder;
    this.seed = seed;
    this.console = console;
  }

  /** The fine-tuned model and its training curve. */
  record Tuned(Optimized optimized, TrainingCurve curve) {}

  /**
   * Trains, or goes on with what an earlier run of the same variant, start, recipe and seed left.
   *
   * @param settings what the technique does beside the graph: a run with others is another run
   * @throws InterruptedTrainingException if the JVM is asked to stop
   */
  Tuned train(String variant, Optimized optimized, Recipe recipe, String settings) {
    // Another start or another recipe must not go on from this one's checkpoints.
    String digest =
        RunDigest.of(optimized.model(), variant, settings, recipe, OPTIMIZER, "seed " + seed);
    Path run = folder.resolve(variant + "-" + digest);
    announce(run);
    CurveRecorder recorder = new CurveRecorder(run, variant, recipe.totalSteps());
    List<GraphModel> ends = new ArrayList<>();
    for (long end : recipe.ends()) {
      ends.add(model(variant, optimized, recipe, end, run, recorder));
    }
    GraphModel result =
        ends.size() == 1
            ? ends.get(0)
            : StochasticWeightAveraging.average(task, ends, seed, AVERAGING_BATCHES);
    return new Tuned(optimized.withModel(result), recorder.curve());
  }

  /** The model at one end of the recipe, which is kept: training goes on in the same folder. */
  private GraphModel model(
      String variant,
      Optimized optimized,
      Recipe recipe,
      long end,
      Path run,
      CurveRecorder recorder) {
    Path kept = run.resolve("end-" + end);
    if (Checkpoint.exists(kept)) {
      GraphModel start = optimized.model();
      return start.withValues(Checkpoint.read(kept, start.variables().values()));
    }
    TrainerConfig config =
        new TrainerConfig(
            end,
            OPTIMIZER,
            recipe.schedule(),
            Math.max(1, Math.min(EPOCH, recipe.totalSteps() / 10)),
            Math.max(1, recipe.totalSteps() / EVALUATIONS),
            seed,
            Threads.DEFAULT);
    Trainer trainer = new Trainer(task, config, run, recorder);
    TrainingResult result = trainer.train(optimized.model(), optimized.hooks());
    if (result.steps() < end) {
      throw new InterruptedTrainingException(variant, result.steps());
    }
    Map<String, TensorProto> values = new LinkedHashMap<>();
    result.model().variables().forEach((name, variable) -> values.put(name, variable.value()));
    Checkpoint.write(kept, values);
    return result.model();
  }

  private void announce(Path run) {
    Optional<Path> checkpoint = Trainer.latestCheckpoint(run);
    checkpoint.ifPresent(
        newest -> console.print("  goes on from " + newest + "; delete its folder to start again"));
  }
}
