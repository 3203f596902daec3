package org.tfmot.examples.resnetcifar;

import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.tfmot.officialmodels.core.LearningRate;

/**
 * Steps and learning rate of fine-tuning one variant from the float model.
 *
 * @param steps batches of 128 images
 * @param learningRate at the first step; half a cosine takes it to 0
 * @param restarts how often it starts again, from half the rate. The mean of the weights at all
 *     ends is the result
 * @param restartSteps the steps of each; 0 if there is none
 */
record Recipe(long steps, double learningRate, int restarts, long restartSteps) {

  /** One half cosine. */
  Recipe(long steps, double learningRate) {
    this(steps, learningRate, 0, 0);
  }

  /** The steps at which the rate reaches 0. */
  List<Long> ends() {
    return LongStream.rangeClosed(0, restarts).mapToObj(i -> steps + i * restartSteps).toList();
  }

  /** All steps. */
  long totalSteps() {
    return steps + restarts * restartSteps;
  }

  LearningRate schedule() {
    LearningRate first = LearningRate.cosine(learningRate, steps);
    if (restarts == 0) {
      return first;
    }
    LearningRate restart = LearningRate.cosine(learningRate / 2, restartSteps);
    return step -> step < steps ? first.at(step) : restart.at((step - steps) % restartSteps);
  }

  @Override
  public String toString() {
    String first =
        String.format(Locale.ROOT, "%,d steps, learning rate %s, cosine", steps, learningRate);
    return restarts == 0
        ? first
        : first
            + String.format(
                Locale.ROOT,
                "; %d times %,d from half of it; mean of the weights at all ends",
                restarts,
                restartSteps);
  }
}
