package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tfmot.gate.json.Json;

/** The main class of a forked run: carries out the one test of its order. */
final class ConvergenceMain {

  /** The exit code of a run whose curves or outcome cannot be written: EX_IOERR of sysexits.h. */
  static final int CANNOT_WRITE = 74;

  private ConvergenceMain() {}

  /**
   * @param args the file with the order
   */
  public static void main(String[] args) throws IOException {
    endWithParent();
    Path file = Path.of(args[0]);
    RunFolder.Order order = Json.read(file, RunFolder.Order.class);
    new Outcome(Outcome.State.STARTED, null, 0).write(order.outcome());
    AtomicBoolean ended = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> markExit(order, ended)));
    System.setProperty(ActiveRun.ORDER, file.toString());
    Outcome outcome = SingleTest.run(order.test());
    ended.set(true);
    try {
      outcome.write(order.outcome());
    } catch (IOException e) {
      haltUnwritten(e);
    }
    // Threads that the test left behind must not hold the process.
    System.exit(0);
  }

  /** Ends this JVM at once: what its test reports is lost, so nothing it does can count. */
  static void haltUnwritten(IOException e) {
    System.err.println("the files of the run cannot be written: " + e);
    Runtime.getRuntime().halt(CANNOT_WRITE);
  }

  /** Tells an exit of the test's own from one of the JVM, which runs no hooks. */
  private static void markExit(RunFolder.Order order, AtomicBoolean ended) {
    if (ended.get()) {
      return;
    }
    try {
      new Outcome(Outcome.State.EXITED, null, 0).write(order.outcome());
    } catch (IOException e) {
      haltUnwritten(e);
    }
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
