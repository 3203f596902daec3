package org.tfmot.gate.maven.release;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassPathOrderTest {

  @TempDir Path folder;

  private Path jar(String name, String... entries) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String entry : entries) {
        out.putNextEntry(new JarEntry(entry));
        out.write(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
    return jar;
  }

  @Test
  void classOfTheTests_inFrontOfTheReleasedOne_isRefused() throws IOException {
    Path tests = jar("tests.jar", "example/PackingTest.class", "example/Packing.class");
    Path lib = jar("lib.jar", "example/Packing.class");
    ClassPathOrder order = new ClassPathOrder(new TreeMap<>(Map.of("example/lib.jar", lib)));

    String message =
        assertThrows(IllegalStateException.class, () -> order.require(List.of(tests, lib)))
            .getMessage();

    assertTrue(
        message.startsWith(
            "not attested: example/Packing.class of lib.jar is hidden by the one in tests.jar"),
        message);
    assertDoesNotThrow(() -> order.require(List.of(lib, tests)));
  }

  @Test
  void descriptionsOfModulesAndPackages_andDependenciesAmongEachOther_mayBeTwice()
      throws IOException {
    Path other = jar("other.jar", "module-info.class", "example/package-info.class", "a/A.class");
    Path more = jar("more.jar", "a/A.class");
    Path lib = jar("lib.jar", "module-info.class", "example/package-info.class");
    ClassPathOrder order = new ClassPathOrder(new TreeMap<>(Map.of("example/lib.jar", lib)));
    assertDoesNotThrow(() -> order.require(List.of(other, more, lib)));
  }
}
