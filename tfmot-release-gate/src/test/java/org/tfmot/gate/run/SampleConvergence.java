package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Disabled;

/** Convergence tests that end in every way. No test class by its name: only runs execute them. */
class SampleConvergence {

  @ConvergenceTest(claims = "sample/example/accuracy")
  void reports(ConvergenceRun run) throws IOException {
    Files.writeString(run.folder().resolve("seed.txt"), Long.toString(run.seed()));
    for (long step = 1; step <= 3; step++) {
      run.report("accuracy", step, step / 4.0 + run.seed() / 1000.0);
    }
    System.out.println("to the log");
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void fails(ConvergenceRun run) {
    run.report("accuracy", 1, 0.5);
    Assertions.fail("the loss went up");
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void reportsNaN(ConvergenceRun run) {
    run.report("accuracy", 1, 0.5);
    run.report("accuracy", 2, Double.NaN);
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void reportsNothing(ConvergenceRun run) {}

  @ConvergenceTest(claims = "sample/example/accuracy")
  void goesBack(ConvergenceRun run) {
    run.report("accuracy", 2, 0.5);
    run.report("accuracy", 1, 0.5);
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void lacksData(ConvergenceRun run) {
    throw new IllegalStateException(new MissingDataException("no images in $DATA"));
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void fillsTheHeap(ConvergenceRun run) {
    List<byte[]> all = new ArrayList<>();
    while (true) {
      all.add(new byte[1 << 20]);
    }
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void halts(ConvergenceRun run) {
    run.report("accuracy", 1, 0.9);
    Runtime.getRuntime().halt(0);
  }

  @ConvergenceTest(claims = "sample/example/accuracy")
  void waits(ConvergenceRun run) throws Exception {
    run.report("accuracy", 1, 0.9);
    Process child = new ProcessBuilder("sleep", "600").start();
    Files.writeString(run.folder().resolve("child"), Long.toString(child.pid()));
    new CountDownLatch(1).await();
  }

  @Disabled("on purpose")
  @ConvergenceTest(claims = "sample/example/accuracy")
  void isDisabled(ConvergenceRun run) {
    run.report("accuracy", 1, 0.9);
  }
}
