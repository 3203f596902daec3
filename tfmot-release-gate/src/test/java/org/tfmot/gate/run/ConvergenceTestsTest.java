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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvergenceTestsTest {

  private static final String SAMPLE = SampleConvergence.class.getName();

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

  private static Path root() throws Exception {
    return Path.of(
        SampleConvergence.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }
}
