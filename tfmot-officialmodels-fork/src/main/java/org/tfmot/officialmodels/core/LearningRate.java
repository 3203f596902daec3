package org.tfmot.officialmodels.core;

import java.util.Locale;
import org.apiguardian.api.API;

/** A learning rate schedule: a pure function of the step, counted from 0. */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface LearningRate {

  /** The learning rate of a step. */
  double at(long step);

  /** The same rate at every step. */
  static LearningRate constant(double rate) {
    return step -> rate;
  }

  /**
   * Half a cosine from {@code initial} at step 0 to 0 at step {@code steps}: {@code initial * (1 +
   * cos(pi * step / steps)) / 2} (Loshchilov and Hutter, 2017).
   */
  static LearningRate cosine(double initial, long steps) {
    if (steps <= 0) {
      throw new IllegalArgumentException("a cosine schedule needs a positive length, not " + steps);
    }
    return step -> initial * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
  }

  /**
   * Half cosines one after the other (SGDR: Loshchilov and Hutter, 2017): the first starts at
   * {@code initial} and takes {@code firstSteps}, each next is {@code lengthFactor} times as long
   * and starts at {@code rateFactor} times the rate.
   *
   * @param lengthFactor above 0; below 1 the cycles end at {@code firstSteps / (1 - lengthFactor)},
   *     and the rate is 0 from there on
   * @param rateFactor above 0
   */
  static LearningRate cosineRestarts(
      double initial, long firstSteps, double lengthFactor, double rateFactor) {
    if (firstSteps <= 0 || !(lengthFactor > 0) || !(rateFactor > 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "cosine restarts need a positive length and positive factors, not %d, %s and %s",
              firstSteps,
              lengthFactor,
              rateFactor));
    }
    return step -> {
      double begin = 0;
      double length = firstSteps;
      double rate = initial;
      while (step >= begin + length) {
        begin += length;
        length *= lengthFactor;
        rate *= rateFactor;
        if (length < 1) {
          return 0;
        }
      }
      return rate * (1 + Math.cos(Math.PI * (step - begin) / length)) / 2;
    };
  }

  /**
   * From {@code initial} to {@code end} along a polynomial, constant before and behind: {@code end
   * + (initial - end) * (1 - p)^power} with {@code p = (step - begin) / steps} held to [0, 1].
   *
   * @param steps how long it takes, positive
   * @param power positive; 1 is a straight line
   * @param begin the last step of the initial rate, not negative
   */
  static LearningRate polynomial(double initial, long steps, double end, double power, long begin) {
    if (steps <= 0 || !(power > 0) || begin < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a polynomial needs a positive length and power and a begin that is not negative, not"
                  + " %d, %s and %d",
              steps,
              power,
              begin));
    }
    return step -> {
      double progress = Math.max(0, Math.min(1, (double) (step - begin) / steps));
      return end + (initial - end) * Math.pow(1 - progress, power);
    };
  }

  /**
   * {@code values[i]} until step {@code boundaries[i]} (exclusive), the last value after the last
   * boundary.
   */
  static LearningRate stepwise(long[] boundaries, double[] values) {
    if (values.length != boundaries.length + 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d boundaries need %d values, not %d",
              boundaries.length,
              boundaries.length + 1,
              values.length));
    }
    long[] ends = boundaries.clone();
    double[] rates = values.clone();
    return step -> {
      int i = 0;
      while (i < ends.length && step >= ends[i]) {
        i++;
      }
      return rates[i];
    };
  }

  /** This schedule, its first steps scaled up linearly: step s by (s+1)/(steps+1). */
  default LearningRate withWarmup(long steps) {
    return step -> step < steps ? at(step) * (step + 1) / (steps + 1) : at(step);
  }
}
