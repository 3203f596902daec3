package org.tfmot.gate.maven.release;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.tfmot.gate.json.Digest;

/**
 * Verifies that the classes of the released jars are those that the tests load: a class of the same
 * name before them on the class path would be tested instead of them.
 *
 * @param subjects the released jars, by repository name
 */
record ClassPathOrder(SortedMap<String, Path> subjects) {

  /**
   * Verifies.
   *
   * @param classPath of the convergence tests, in its order
   * @throws IllegalStateException naming a class that hides another
   */
  void require(Collection<Path> classPath) throws IOException {
    Set<Digest> released = new HashSet<>();
    for (Path jar : subjects.values()) {
      released.add(Digest.of(jar));
    }
    Map<String, Path> before = new HashMap<>();
    for (Path entry : classPath) {
      boolean subject = Files.isRegularFile(entry) && released.contains(Digest.of(entry));
      for (String name : classes(entry)) {
        Path first = before.putIfAbsent(name, entry);
        if (subject && first != null && !first.equals(entry)) {
          throw new IllegalStateException(
              ("not attested: %s of %s is hidden by the one in %s, which is before it on the class"
                      + " path of the tests: they never saw what is released")
                  .formatted(name, entry.getFileName(), first.getFileName()));
        }
      }
    }
  }

  private static List<String> classes(Path entry) throws IOException {
    if (!entry.toString().endsWith(".jar")) {
      return List.of();
    }
    try (JarFile jar = new JarFile(entry.toFile())) {
      return new ArrayList<>(
          jar.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
              .toList());
    }
  }
}
