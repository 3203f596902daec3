package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/** The mean of the samples' ranges, the last ones counting most. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MovingAverageEstimator implements RangeEstimator {

  private final double decay;
  private boolean started;
  private double low;
  private double high;

  public MovingAverageEstimator(double decay) {
    this.decay = decay;
  }

  @Override
  public void see(float min, float max) {
    double keep = started ? decay : 0;
    low += (1 - keep) * (Math.min(min, 0) - low);
    high += (1 - keep) * (Math.max(max, 0) - high);
    started = true;
  }

  @Override
  public Range range() {
    return new Range((float) low, (float) high);
  }
}
