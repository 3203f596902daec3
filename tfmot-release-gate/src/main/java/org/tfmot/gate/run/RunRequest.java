package org.tfmot.gate.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * One run that is wanted.
 *
 * @param test {@code package.Class#method}, or the name of a command
 * @param seed what all its randomness comes from, not negative
 * @param folder where its log, curves and output go; made if missing. An earlier attempt in it is
 *     deleted, any other content refused
 * @param metrics the metrics that it has to report, at least one
 * @param timeLimit after which it is stopped, of the whole process; over 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RunRequest(
    String test, long seed, Path folder, SortedSet<String> metrics, Duration timeLimit) {

  /**
   * @throws IllegalArgumentException if a component is out of its range
   */
  public RunRequest {
    metrics = Collections.unmodifiableSortedSet(new TreeSet<>(metrics));
    if (test.isBlank()) {
      throw new IllegalArgumentException(
          "a run needs a test: package.Class#method, or the name of a command");
    }
    if (seed < 0) {
      throw new IllegalArgumentException(
          "%s: the seed %d is negative: seeds start at 0".formatted(test, seed));
    }
    if (metrics.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: no metric is asked for: name those of its claims".formatted(test));
    }
    if (timeLimit.isNegative() || timeLimit.isZero()) {
      throw new IllegalArgumentException(
          "%s: the time limit is %s, it has to be over 0".formatted(test, timeLimit));
    }
  }
}
