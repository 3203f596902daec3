package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Path;
import org.tfmot.gate.json.Json;

/** The main class of a forked run: carries out the one test of its order. */
final class ConvergenceMain {

  private ConvergenceMain() {}

  /**
   * @param args the file with the order
   */
  public static void main(String[] args) throws IOException {
    endWithParent();
    Path file = Path.of(args[0]);
    RunFolder.Order order = Json.read(file, RunFolder.Order.class);
    new Outcome(Outcome.State.STARTED, null, 0).write(order.outcome());
    System.setProperty(ActiveRun.ORDER, file.toString());
    SingleTest.run(order.test()).write(order.outcome());
    // Threads that the test left behind must not hold the process.
    System.exit(0);
  }

  /** A run that outlives a killed gate would compete with its own repetition. */
  private static void endWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(
            parent -> {
              var unused = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
            });
  }
}
