package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;

/**
 * The result of a training run.
 *
 * @param model the model in training mode with its last values
 * @param steps how many steps it has seen; fewer than configured after an interruption
 * @param metrics of the last evaluation on the held-out data; empty if the run was stopped before
 *     its first one
 * @param imagesPerSecond examples per second over this run's steps, evaluation left out
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TrainingResult(
    GraphModel model, long steps, Metrics metrics, double imagesPerSecond) {}
