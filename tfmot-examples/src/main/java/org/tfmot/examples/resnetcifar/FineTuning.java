package org.tfmot.examples.resnetcifar;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.examples.report.TrainingCurve;
import org.tfmot.officialmodels.core.LearningRate;
import org.tfmot.officialmodels.core.Metrics;
import org.tfmot.officialmodels.core.SgdMomentum;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.Trainer;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainingListener;
import org.tfmot.officialmodels.core.TrainingResult;

/** Fine-tunes what a technique made of the float model. */
final class FineTuning {

  private static final SgdMomentum OPTIMIZER = new SgdMomentum(0.9, true, 5e-4);
  private static final long CHECKPOINT_INTERVAL = 351;
  private static final int EVALUATIONS = 4;

  private final Task task;
  private final Path folder;
  private final long seed;

  /**
   * Prepares fine-tuning.
   *
   * @param folder takes a folder for each variant
   */
  FineTuning(Task task, Path folder, long seed) {
    this.task = task;
    this.folder = folder;
    this.seed = seed;
  }

  /** What fine-tuning made: the trained model and how it went. */
  record Tuned(Optimized optimized, TrainingCurve curve) {}

  Tuned train(String variant, Optimized optimized, Recipe recipe) {
    TrainerConfig config =
        new TrainerConfig(
            recipe.steps(),
            OPTIMIZER,
            LearningRate.cosine(recipe.learningRate(), recipe.steps()),
            CHECKPOINT_INTERVAL,
            Math.max(1, recipe.steps() / EVALUATIONS),
            seed,
            Threads.DEFAULT);
    CurveRecorder recorder = new CurveRecorder(variant, recipe.steps());
    Trainer trainer = new Trainer(task, config, folder.resolve(variant), recorder);
    TrainingResult result = trainer.train(optimized.model(), optimized.hooks());
    if (result.steps() < recipe.steps()) {
      throw new InterruptedTrainingException(variant, result.steps());
    }
    return new Tuned(optimized.withModel(result.model()), recorder.curve());
  }

  /** Means of the loss over a few steps, and every evaluation. */
  private static final class CurveRecorder implements TrainingListener {
    private static final int POINTS = 60;

    private final String variant;
    private final long interval;
    private final List<TrainingCurve.Point> losses = new ArrayList<>();
    private final List<TrainingCurve.Point> accuracies = new ArrayList<>();
    private double sum;
    private int count;

    CurveRecorder(String variant, long steps) {
      this.variant = variant;
      this.interval = Math.max(1, steps / POINTS);
    }

    @Override
    public void stepped(long step, float loss) {
      sum += loss;
      count++;
      if ((step + 1) % interval == 0) {
        losses.add(new TrainingCurve.Point(step + 1, sum / count));
        sum = 0;
        count = 0;
      }
    }

    @Override
    public void evaluated(long steps, Metrics metrics) {
      accuracies.add(new TrainingCurve.Point(steps, metrics.get("accuracy")));
    }

    TrainingCurve curve() {
      return new TrainingCurve(variant, losses, accuracies);
    }
  }
}
