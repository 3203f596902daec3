package org.tfmot.officialmodels.core;

/** Shows how far one piece of work is. */
interface ProgressDisplay extends AutoCloseable {

  /** Makes displays. */
  @FunctionalInterface
  interface Factory {
    /** Starts to show work that stands at {@code start} and ends at {@code end}. */
    ProgressDisplay open(String name, String unit, long start, long end);
  }

  /** The work stands at {@code done}. */
  void update(long done, String message);

  /** What is going on beside the work; only for who watches. */
  void message(String text);

  /** A result that should stay visible. */
  void event(String text);

  @Override
  void close();
}
