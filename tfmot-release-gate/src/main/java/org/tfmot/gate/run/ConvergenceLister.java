package org.tfmot.gate.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.tfmot.gate.json.Json;

/** The main class of the JVM that lists convergence tests. */
final class ConvergenceLister {

  /** Input of the process: jars and folders, and the file for the answer. */
  record Order(List<String> roots, String found) {}

  /** Output of the process: tests with the ids of their claims. */
  record Found(SortedMap<String, SortedSet<String>> tests) {}

  private ConvergenceLister() {}

  /**
   * @param args the file with the order
   */
  public static void main(String[] args) throws IOException {
    Order order = Json.read(Path.of(args[0]), Order.class);
    SortedMap<String, SortedSet<String>> tests = new TreeMap<>();
    for (String root : order.roots()) {
      ReflectionSupport.findAllClassesInClasspathRoot(
              Path.of(root).toUri(), type -> true, name -> !name.endsWith("module-info"))
          .forEach(type -> collectIfLoadable(type, tests));
    }
    Json.write(Path.of(order.found()), new Found(tests));
  }

  /**
   * Jars have classes for libraries that are not there; only a convergence test must not be one.
   */
  private static void collectIfLoadable(Class<?> type, SortedMap<String, SortedSet<String>> tests) {
    try {
      collect(type, tests);
    } catch (LinkageError e) {
      if (mentionsTheAnnotation(type)) {
        throw new IllegalStateException(
            "%s has convergence tests and cannot be loaded: %s".formatted(type.getName(), e), e);
      }
    }
  }

  private static boolean mentionsTheAnnotation(Class<?> type) {
    String file = type.getName().replace('.', '/') + ".class";
    try (InputStream in = type.getClassLoader().getResourceAsStream(file)) {
      return in != null
          && new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)
              .contains(ConvergenceTest.class.descriptorString());
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  private static void collect(Class<?> type, SortedMap<String, SortedSet<String>> tests) {
    if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
      return;
    }
    ReflectionSupport.findMethods(
            type,
            method -> AnnotationSupport.isAnnotated(method, ConvergenceTest.class),
            HierarchyTraversalMode.TOP_DOWN)
        .forEach(
            method -> {
              Optional<ConvergenceTest> annotation =
                  AnnotationSupport.findAnnotation(method, ConvergenceTest.class);
              annotation.ifPresent(
                  a ->
                      tests
                          .computeIfAbsent(
                              type.getName() + "#" + method.getName(), name -> new TreeSet<>())
                          .addAll(List.of(a.claims())));
            });
  }
}
