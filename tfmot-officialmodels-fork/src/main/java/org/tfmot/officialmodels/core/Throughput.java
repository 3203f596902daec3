package org.tfmot.officialmodels.core;

/** Examples per second over the time spent in steps. */
final class Throughput {

  private long started;
  private long nanos;
  private long examples;

  void begin() {
    started = System.nanoTime();
  }

  void end(int count) {
    nanos += System.nanoTime() - started;
    examples += count;
  }

  double perSecond() {
    return nanos == 0 ? 0 : examples * 1e9 / nanos;
  }
}
