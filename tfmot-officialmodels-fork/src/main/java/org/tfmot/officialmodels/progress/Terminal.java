package org.tfmot.officialmodels.progress;

import java.io.Console;

/** Tells whether the output is a terminal. */
final class Terminal {

  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // It may be null on Java 17 to 21; what follows is for 22.
  static boolean isInteractive() {
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
