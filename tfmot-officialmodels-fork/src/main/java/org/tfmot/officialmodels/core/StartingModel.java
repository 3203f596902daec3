package org.tfmot.officialmodels.core;

import java.nio.file.Files;
import java.nio.file.Path;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.experiment.TechniqueConfig;

/** The model that an experiment trains: of the task, with checkpoints and techniques. */
final class StartingModel {

  private final ExperimentConfig<?> config;

  StartingModel(ExperimentConfig<?> config) {
    this.config = config;
  }

  /**
   * Builds the model and applies the techniques of the task, then those of the configuration.
   *
   * @param fresh whether the checkpoints that the configuration names give values; the graph does
   *     not depend on them
   * @throws IllegalArgumentException if a checkpoint does not fit, or a technique refuses the model
   */
  Optimized build(Task task, boolean fresh) {
    GraphModel model = task.buildModel(config.trainer().seed());
    String start = config.task().initCheckpoint();
    if (start != null && fresh) {
      model = restore(model, start);
    }
    Optimized optimized = task.optimize(model);
    for (TechniqueConfig technique : config.techniques()) {
      String original = technique.pretrainedOriginalCheckpoint();
      if (original != null && fresh) {
        optimized = optimized.withModel(restore(optimized.model(), original));
      }
      optimized = TechniqueSections.create(technique).apply(optimized);
    }
    return optimized;
  }

  /** The same with the values of a checkpoint of a run. */
  Optimized restored(Task task, Path checkpoint) {
    Optimized optimized = build(task, false);
    return optimized.withModel(restore(optimized.model(), checkpoint));
  }

  /** A checkpoint of a configuration: on the class path, or a file. */
  private static GraphModel restore(GraphModel model, String checkpoint) {
    if (!checkpoint.startsWith(CheckpointResource.SCHEME)) {
      return restore(model, Path.of(checkpoint));
    }
    try {
      return CheckpointResource.restore(
          model, checkpoint.substring(CheckpointResource.SCHEME.length()));
    } catch (IllegalArgumentException e) {
      throw unfit(checkpoint, e);
    }
  }

  static GraphModel restore(GraphModel model, Path checkpoint) {
    Path prefix = resolve(checkpoint);
    try {
      return model.restore(prefix);
    } catch (IllegalArgumentException e) {
      throw unfit(prefix, e);
    }
  }

  private static IllegalArgumentException unfit(Object checkpoint, IllegalArgumentException e) {
    return new IllegalArgumentException(
        "the checkpoint %s does not fit the model: %s".formatted(checkpoint, e.getMessage()), e);
  }

  /** Returns the prefix of a checkpoint; given a folder, that of its newest checkpoint. */
  static Path resolve(Path checkpoint) {
    if (!Files.isDirectory(checkpoint)) {
      return checkpoint;
    }
    return Trainer.latestCheckpoint(checkpoint)
        .orElseThrow(
            () ->
                new IllegalArgumentException("there is no checkpoint in the folder " + checkpoint));
  }
}
