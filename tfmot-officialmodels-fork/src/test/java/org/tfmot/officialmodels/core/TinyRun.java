package org.tfmot.officialmodels.core;

import java.nio.file.Path;
import java.util.List;
import org.tfmot.api.Threads;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.optimizer.SgdMomentum;

/** The training run that the tests interrupt: 230 steps, on one thread. */
final class TinyRun {

  static final long STEPS = 230;
  static final long CHECKPOINT_INTERVAL = 20;
  static final long VALIDATION_INTERVAL = 50;

  private TinyRun() {}

  static TrainerConfig config(long steps) {
    return config(steps, 0.05);
  }

  static TrainerConfig config(long steps, double rate) {
    return new TrainerConfig(
        steps,
        new SgdMomentum(0.9, true, 1e-3),
        LearningRate.cosine(rate, STEPS).withWarmup(10),
        CHECKPOINT_INTERVAL,
        VALIDATION_INTERVAL,
        7,
        Threads.ONE);
  }

  static TrainingResult train(Path folder, TrainingListener listener, TrainingHook... hooks) {
    TinyTask task = new TinyTask();
    return new Trainer(task, config(STEPS), folder, listener)
        .train(task.buildModel(7), List.of(hooks));
  }
}
