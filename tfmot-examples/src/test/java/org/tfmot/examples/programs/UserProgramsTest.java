package org.tfmot.examples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Programs by users get the right result or a refusal that names the cause. */
class UserProgramsTest {

  @TempDir private Path temporary;

  @TestFactory
  Stream<DynamicTest> programGetsTheRightResultOrARefusalThatNamesTheCause() throws Exception {
    List<String> names = UserPrograms.ALL.stream().map(UserPrograms::name).toList();
    return new ProgramProcesses(UserPrograms.class, temporary)
        .run(names).entrySet().stream()
            .map(
                result ->
                    DynamicTest.dynamicTest(
                        result.getKey(),
                        () ->
                            assertEquals(UserPrograms.RIGHT + result.getKey(), result.getValue())));
  }

  @Test
  void processThatFails_isAFailureOfItsLastProgram_withTheLastLinesOfItsErrors() throws Exception {
    Map<String, String> results =
        new ProgramProcesses(EndingPrograms.class, temporary)
            .run(List.of("fine", "after", "during", "zero", "last"));
    assertEquals(List.of("fine", "after", "during", "zero", "last"), List.copyOf(results.keySet()));
    assertEquals("right fine", results.get("fine"));
    assertTrue(results.get("after").startsWith("the process ended with 3"), results.get("after"));
    assertTrue(results.get("after").endsWith("words of after"), results.get("after"));
    assertEquals("the process ended with 4: words of during", results.get("during"));
    assertTrue(results.get("zero").startsWith("the process ended with 0"), results.get("zero"));
    assertEquals("right last", results.get("last"));
  }

  /** Ends the process after a result, before a result, and before a result without an error. */
  static final class EndingPrograms {
    private EndingPrograms() {}

    public static void main(String[] programs) {
      for (String program : programs) {
        System.out.println(UserPrograms.BEGIN + program);
        System.err.println("words of " + program);
        if (program.equals("during")) {
          Runtime.getRuntime().halt(4);
        }
        if (program.equals("zero")) {
          Runtime.getRuntime().halt(0);
        }
        System.out.println(UserPrograms.RIGHT + program);
        if (program.equals("after")) {
          Runtime.getRuntime().halt(3);
        }
      }
    }
  }
}
