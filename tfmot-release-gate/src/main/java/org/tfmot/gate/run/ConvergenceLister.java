package org.tfmot.gate.run;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.tfmot.gate.json.Json;

/** The main class of the JVM that lists convergence tests. */
final class ConvergenceLister {

  /** What it is told: jars and folders, and the file for the answer. */
  record Order(List<String> roots, String found) {}

  /** What it answers: tests with the ids of their claims. */
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
          .forEach(type -> collect(type, tests));
    }
    Json.write(Path.of(order.found()), new Found(tests));
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
              tests.put(
                  type.getName() + "#" + method.getName(),
                  annotation.stream()
                      .flatMap(a -> List.of(a.claims()).stream())
                      .collect(Collectors.toCollection(TreeSet::new)));
            });
  }
}
