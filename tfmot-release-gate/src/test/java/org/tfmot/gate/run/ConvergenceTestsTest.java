package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvergenceTestsTest {

  private static final String SAMPLE = SampleConvergence.class.getName();

  private static final String TEST_CLASS =
      """
      public class %s {
        %s
        @org.tfmot.gate.run.ConvergenceTest(claims = "x/y/z")
        void train(org.tfmot.gate.run.ConvergenceRun run) {}
      }
      """;

  @TempDir Path folder;

  @Test
  void find_inAFolder_listsEveryTestWithItsClaims() throws Exception {
    SortedMap<String, SortedSet<String>> tests =
        ConvergenceTests.find(classPath(), List.of(root()));
    assertEquals(Set.of("sample/example/accuracy"), tests.get(SAMPLE + "#reports"));
    assertTrue(tests.containsKey(SAMPLE + "#isDisabled"), "a disabled test still proves its claim");
    assertFalse(tests.keySet().stream().anyMatch(name -> name.contains("JvmRunnerTest")));
  }

  @Test
  void find_inAJar_listsThoseOfTheJarAlone() throws Exception {
    Path jar = folder.resolve("tests.jar");
    String entry = SAMPLE.replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry(entry));
      Files.copy(root().resolve(entry), out);
    }
    List<Path> withJar = Stream.concat(Stream.of(jar), classPath().stream()).toList();
    assertEquals(10, ConvergenceTests.find(withJar, List.of(jar)).size());
  }

  @Test
  void find_onAClassPathWithoutTheGate_saysWhatTheJvmSaid() {
    IOException e =
        assertThrows(
            IOException.class, () -> ConvergenceTests.find(List.of(folder), List.of(folder)));
    assertTrue(String.valueOf(e.getMessage()).contains("ConvergenceLister"), e.getMessage());
  }

  @Test
  void find_listsNestedAndInheritedTests_underTheClassThatRuns_andAllClaimsOfAName()
      throws Exception {
    SortedMap<String, SortedSet<String>> tests =
        ConvergenceTests.find(classPath(), List.of(root()));
    String outer = IdeRunTest.class.getName();
    assertEquals(Set.of("a/b/c"), tests.get(outer + "$Outer$Inner#train"));
    assertEquals(Set.of("a/b/c", "a/b/d"), tests.get(outer + "$Overloaded#train"));
    assertEquals(Set.of("a/b/e"), tests.get(getClass().getName() + "$Derived#inherited"));
    assertFalse(tests.containsKey(getClass().getName() + "$Base#inherited"));
  }

  /** Jars are full of classes for optional libraries. */
  @Test
  void find_passesOverClassesThatCannotBeLoaded_butNotOverTests() throws Exception {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(classes, "public class Absent {}");
    compile(classes, "public class NeedsAbsent { public Absent get() { return null; } }");
    compile(classes, TEST_CLASS.formatted("Train", ""));
    Files.delete(classes.resolve("Absent.class"));
    List<Path> withClasses = Stream.concat(Stream.of(classes), classPath().stream()).toList();
    assertEquals(
        Set.of("Train#train"), ConvergenceTests.find(withClasses, List.of(classes)).keySet());

    compile(classes, "public class Absent {}");
    compile(classes, TEST_CLASS.formatted("Broken", "public Absent get() { return null; }"));
    Files.delete(classes.resolve("Absent.class"));
    IOException e =
        assertThrows(IOException.class, () -> ConvergenceTests.find(withClasses, List.of(classes)));
    assertTrue(
        String.valueOf(e.getMessage())
            .contains("Broken has convergence tests and cannot be loaded"),
        e.getMessage());
  }

  private static void compile(Path classes, String source) throws IOException {
    String name = source.replaceAll("(?s).*public class (\\w+) .*", "$1");
    Path file = Files.writeString(classes.resolve(name + ".java"), source);
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                classes + File.pathSeparator + JavaCommand.classPath(classPath()),
                "-d",
                classes.toString(),
                file.toString());
    assertEquals(0, result);
  }

  abstract static class Base {

    @ConvergenceTest(claims = "a/b/e")
    void inherited(ConvergenceRun run) {}
  }

  static class Derived extends Base {}

  private static Path root() throws Exception {
    return Path.of(
        SampleConvergence.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static List<Path> classPath() {
    return TestJvms.classPath();
  }
}
