package org.tfmot.officialmodels.progress;

import java.io.PrintStream;
import org.apiguardian.api.API;

/** Shows how far one piece of work is. */
@API(status = API.Status.INTERNAL, since = "0.1.0")
public interface ProgressDisplay extends AutoCloseable {

  /** Makes displays. */
  @FunctionalInterface
  @API(status = API.Status.INTERNAL, since = "0.1.0")
  interface Factory {
    /** Starts to show work that stands at {@code start} and ends at {@code end} parts. */
    ProgressDisplay open(String name, ProgressUnit unit, long start, long end);
  }

  /** Bars that move if the standard error is a terminal, else a line at every tenth. */
  static Factory standardError() {
    return Terminal.isInteractive() ? ProgressBarDisplay::new : lines(System.err);
  }

  /** A line at every tenth of the work, as suits a log file. */
  static Factory lines(PrintStream out) {
    return (name, unit, start, end) -> new ProgressLines(name, unit, start, end, out);
  }

  /**
   * Bars in a terminal, else nothing: for work of some seconds that a log file need not know of.
   */
  static Factory terminalOnly() {
    return Terminal.isInteractive()
        ? ProgressBarDisplay::new
        : (name, unit, start, end) -> new NoDisplay();
  }

  /** The work stands at {@code done} parts. */
  void update(long done, String message);

  /** Shows a message beside the progress, on a terminal only. */
  void message(String text);

  /** A result that should stay visible. */
  void event(String text);

  @Override
  void close();
}
