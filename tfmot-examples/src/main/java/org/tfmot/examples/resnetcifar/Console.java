package org.tfmot.examples.resnetcifar;

import java.io.PrintStream;
import java.util.Locale;

/** Says on the terminal what is being done, and how long the job has taken so far. */
final class Console {

  private final PrintStream out;
  private final long start = System.nanoTime();

  Console(PrintStream out) {
    this.out = out;
  }

  void begin(String variant, String what) {
    out.printf(Locale.ROOT, "[%s] %s: %s%n", elapsed(), variant, what);
  }

  void print(String text) {
    out.println(text);
  }

  String elapsed() {
    long seconds = (System.nanoTime() - start) / 1_000_000_000L;
    return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }
}
