package org.tfmot.gate.run;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assumptions;

/** Convergence tests whose JVM ends early. No test class by its name: only runs execute them. */
class SampleEndings {

  @ConvergenceTest(claims = "sample/example/accuracy")
  void exitsWithItsSeed(ConvergenceRun run) {
    run.report("accuracy", 1, 0.9);
    System.exit((int) run.seed());
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void sendsItselfASignal(ConvergenceRun run) throws Exception {
    run.report("accuracy", 1, 0.9);
    String self = Long.toString(ProcessHandle.current().pid());
    new ProcessBuilder("kill", "-" + run.seed(), self).start().waitFor();
    new CountDownLatch(1).await();
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void fillsTheHeapInAnotherThread(ConvergenceRun run) throws Exception {
    List<byte[]> all = new ArrayList<>();
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              while (true) {
                all.add(new byte[1 << 20]);
              }
            });
    new Thread(task).start();
    task.get();
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void wantsTooMuchDirectMemory(ConvergenceRun run) throws ExecutionException {
    List<ByteBuffer> all = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        all.add(ByteBuffer.allocateDirect(16 << 20));
      }
    } catch (OutOfMemoryError e) {
      throw new ExecutionException(e);
    }
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void assumesAGpu(ConvergenceRun run) {
    Assumptions.abort("no GPU");
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void spoilsItsCurves(ConvergenceRun run) throws Exception {
    run.report("accuracy", 1, 0.9);
    Files.writeString(run.folder().resolveSibling("curves.jsonl"), "accuracy 0.99\n");
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void tellsItsOptions(ConvergenceRun run) {
    System.out.println("sneaked in: " + System.getProperty("gate.sneaked"));
    run.report("accuracy", 1, 0.9);
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void printsAGreatDeal(ConvergenceRun run) {
    String line = "x".repeat(1 << 16);
    for (int i = 0; i < 400; i++) {
      System.out.println(line);
      System.err.println(line);
    }
    run.report("accuracy", 1, 0.9);
    Thread leftBehind = new Thread(SampleEndings::waitForever);
    leftBehind.start();
  }

  private static void waitForever() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
