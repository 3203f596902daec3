package org.tfmot.officialmodels.data;

import java.io.Console;
import java.io.PrintStream;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on the standard error how much of a transfer is done. */
interface Progress extends LongConsumer, AutoCloseable {

  /** Tells how many bytes of the whole there are now. */
  @Override
  void accept(long bytes);

  @Override
  void close();

  /** A bar that moves, or for a log file a line at every tenth. */
  static Progress start(String task, long total) {
    return isTerminal() ? bar(task, total) : lines(task, total, System.err);
  }

  /** One line when 10 %, 20 %, ... 100 % are reached. */
  static Progress lines(String task, long total, PrintStream out) {
    return new Progress() {
      private long tenths;

      @Override
      public void accept(long bytes) {
        long reached = bytes * 10 / total;
        if (reached > tenths) {
          tenths = reached;
          out.printf("%s: %d %% of %.1f MB%n", task, reached * 10, total / 1e6);
        }
      }

      @Override
      public void close() {}
    };
  }

  private static Progress bar(String task, long total) {
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setUnit(" MB", 1_000_000)
            .setStyle(ProgressBarStyle.ASCII)
            .showSpeed()
            .build();
    return new Progress() {
      @Override
      public void accept(long bytes) {
        bar.stepTo(bytes);
      }

      @Override
      public void close() {
        bar.close();
      }
    };
  }

  @SuppressWarnings("SystemConsoleNull") // It may be null on Java 17 to 21; what follows is for 22.
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From Java 22 on there is a console without a terminal too, and a method that tells.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
