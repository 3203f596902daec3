package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/**
 * The standard deviation of all values of a tensor, merged sample by sample (Chan et al., 1979).
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Deviation {

  private double count;
  private double mean;
  private double squares;

  /** Takes the number of a sample's values, their mean and their variance. */
  public void add(double number, double sampleMean, double variance) {
    if (number == 0) {
      return;
    }
    double total = count + number;
    double difference = sampleMean - mean;
    squares += variance * number + difference * difference * count * number / total;
    mean += difference * number / total;
    count = total;
  }

  /** The deviation of the values so far, 0 if there are none. */
  public double value() {
    return count == 0 ? 0 : Math.sqrt(squares / count);
  }
}
