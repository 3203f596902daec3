package org.tfmot.officialmodels.progress;

import java.io.PrintStream;
import java.util.Locale;

/** One line at every tenth of the work. */
final class ProgressLines implements ProgressDisplay {

  private final String name;
  private final ProgressUnit unit;
  private final long end;
  private final PrintStream out;
  private long tenths;

  ProgressLines(String name, ProgressUnit unit, long start, long end, PrintStream out) {
    this.name = name;
    this.unit = unit;
    this.end = end;
    this.out = out;
    this.tenths = tenths(start);
  }

  @Override
  public void update(long done, String message) {
    long reached = tenths(done);
    if (reached > tenths) {
      tenths = reached;
      String detail = message.isEmpty() ? "" : ", " + message;
      out.printf(
          Locale.ROOT,
          "%s: %d %% (%s of %s %s)%s%n",
          name,
          10 * reached,
          unit.format(done),
          unit.format(end),
          unit.name(),
          detail);
    }
  }

  @Override
  public void message(String text) {}

  @Override
  public void event(String text) {
    out.println(text);
  }

  @Override
  public void close() {}

  private long tenths(long done) {
    return 10 * done / end;
  }
}
