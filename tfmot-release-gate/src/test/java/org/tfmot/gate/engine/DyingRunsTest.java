package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.CommandRunner;
import org.tfmot.gate.run.ConvergenceRunner;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;

/** Programs that die when they are bad: they must not be drawn again until they are good. */
@DisabledOnOs(OS.WINDOWS)
class DyingRunsTest {

  private static final int CLAIMS = 150;

  @TempDir Path folder;

  /** A program reports a bad value and then ends like this. */
  @ParameterizedTest
  @CsvSource({
    "kill -9 $$, DIVERGED",
    "kill -SEGV $$, DIVERGED",
    "exit 75, DIVERGED",
    "exit 3, DIVERGED",
    "sleep 9, DIVERGED",
    "echo '{\"step\":0;\"metric\":\"accuracy\"}', INVALID"
  })
  void programThatReportedAndThenDies_counts(String end, RunStatus status) throws Exception {
    String report = "echo '{\"step\":1,\"metric\":\"accuracy\",\"value\":0.1}'; ";
    RunRequest request =
        new RunRequest(
            "train",
            1,
            folder.resolve("run"),
            new TreeSet<>(Set.of("accuracy")),
            Duration.ofSeconds(2));
    assertEquals(
        status,
        new CommandRunner(List.of("bash", "-c", report + end), folder, Map.of())
            .run(request)
            .status());
  }

  /** Half of all runs are bad, which is the floor, and all of those die. */
  @Test
  void claimAtItsFloor_isReleasedInAtMostAlphaOfAllCases_ifBadRunsDie() throws Exception {
    SplittableRandom random = new SplittableRandom(18);
    int released = 0;
    for (int i = 0; i < CLAIMS; i++) {
      released += released(folder.resolve("" + i), random, 0.5) ? 1 : 0;
    }
    double most = 0.05 * CLAIMS + 3 * Math.sqrt(CLAIMS * 0.05 * 0.95);
    assertTrue(released <= most, released + " of " + CLAIMS);
    int healthy = 0;
    for (int i = 0; i < 10; i++) {
      healthy += released(folder.resolve("healthy" + i), random, 0.01) ? 1 : 0;
    }
    assertTrue(healthy >= 8, healthy + " of 10 healthy ones");
  }

  /** Started again and again, as somebody would who wants it green. */
  private static boolean released(Path at, SplittableRandom random, double bad) throws Exception {
    Toy toy = new Toy(Files.createDirectories(at));
    ConvergenceRunner runner = request -> train(request, random.nextDouble() < bad);
    GateSpec spec =
        toy.spec(
            List.of(Toy.descriptor("pruning", List.of(Toy.reaches()))),
            List.of(
                new GateTest(
                    Toy.COMMAND, new TreeSet<>(Set.of(Toy.REACHES)), Toy.digest("train"), runner)));
    for (int again = 0; again < 3; again++) {
      GateResult result = new Gate(spec).run(GateListener.NONE);
      if (result.released()) {
        return true;
      }
      if (result.newRuns() == 0) {
        return false;
      }
    }
    return false;
  }

  private static RunResult train(RunRequest request, boolean dies) throws IOException {
    FakeRunner once = new FakeRunner().with("accuracy", r -> 0.95);
    if (dies) {
      once.instead.put(1, RunStatus.DIVERGED);
    }
    return once.run(request);
  }
}
