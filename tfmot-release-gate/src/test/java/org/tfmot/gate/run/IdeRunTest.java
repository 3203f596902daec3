package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A convergence test that is started like any test, in this JVM. */
class IdeRunTest {

  private static final Path IDE = Path.of("target", "gate", "ide");

  @AfterEach
  void clearSeed() {
    System.clearProperty("gate.seed");
  }

  @Test
  void test_runsOnce_withSeed1_inAFolderOfItsOwn() throws IOException {
    assertEquals(Outcome.State.FINISHED, run(SampleConvergence.class, "reports").state());
    RunFolder folder = new RunFolder(IDE.resolve(SampleConvergence.class.getName() + ".reports"));
    assertEquals("1", Files.readString(folder.output().resolve("seed.txt")));
    assertEquals(Map.of("accuracy", 0.751), Curves.read(folder.curves()).last());
  }

  @Test
  void seed_canBeChosen_andTheFolderIsEmptiedBefore() throws IOException {
    RunFolder folder = new RunFolder(IDE.resolve(SampleConvergence.class.getName() + ".reports"));
    Files.createDirectories(folder.output());
    Files.writeString(folder.output().resolve("old"), "");
    System.setProperty("gate.seed", "12");
    run(SampleConvergence.class, "reports");
    assertEquals("12", Files.readString(folder.output().resolve("seed.txt")));
    assertTrue(Files.notExists(folder.output().resolve("old")));
  }

  @ParameterizedTest
  @CsvSource({
    "reportsNothing, FAILED, reported no metric",
    "reportsNaN, FAILED, the gate counts this run as diverged",
    "fails, FAILED, the loss went up",
    "goesBack, INVALID_REPORT, steps must not go back",
    "lacksData, MISSING_DATA, no images in $DATA",
    "isDisabled, NOT_RUN, on purpose"
  })
  void testThatTheGateWouldNotCount_fails_andSaysWhy(
      String method, Outcome.State state, String reason) {
    Outcome outcome = run(SampleConvergence.class, method);
    assertEquals(state, outcome.state());
    assertTrue(String.valueOf(outcome.detail()).contains(reason), outcome.detail());
  }

  @ParameterizedTest
  @CsvSource({
    "SampleConvergence, write package.Class#method",
    "#reports, write package.Class#method",
    "SampleConvergence#, write package.Class#method",
    "NoSuchClass#reports, NoSuchClass is not on the class path",
    "SampleConvergence#noSuchMethod, has 0 methods noSuchMethod",
    "IdeRunTest#clearSeed, has 0 methods clearSeed",
    "IdeRunTest$Overloaded#train, has 2 methods train"
  })
  void whatIsNoSingleTest_isNotRun_andNamed(String name, String reason) {
    Outcome outcome = SingleTest.run(name.startsWith("#") ? name : "org.tfmot.gate.run." + name);
    assertEquals(Outcome.State.NOT_RUN, outcome.state());
    assertTrue(String.valueOf(outcome.detail()).contains(reason), outcome.detail());
  }

  @Test
  void nestedTest_runsWithItsOuterObject() {
    assertEquals(Outcome.State.FINISHED, run(Outer.Inner.class, "train").state());
  }

  private static Outcome run(Class<?> type, String method) {
    return SingleTest.run(type.getName() + "#" + method);
  }

  static class Overloaded {

    @ConvergenceTest(claims = "a/b/c")
    void train(ConvergenceRun run) {}

    @ConvergenceTest(claims = "a/b/d")
    void train() {}
  }

  static class Outer {

    private final double value = 0.5;

    @Nested
    class Inner {

      @ConvergenceTest(claims = "a/b/c")
      void train(ConvergenceRun run) {
        run.report("accuracy", 1, value);
      }
    }
  }
}
