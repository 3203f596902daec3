package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.reflect.ClassPath;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the migration table names on our side is public. */
class MigrationTableTest {

  private static final Path PAGE =
      Path.of("").toAbsolutePath().getParent().resolve("docs/migration.md");

  /** A type, a constant or a called method of a snippet; strings and variables are none. */
  private static final Pattern SYMBOL = Pattern.compile("\\b([A-Z]\\w*|[a-z]\\w*(?=\\())");

  private static final List<String> ROOTS =
      List.of("org.tfmot.api", "org.tfmot.techniques", "org.tfmot.officialmodels");

  @Test
  void ourSymbols_arePublic() throws Exception {
    Set<String> known = publicSymbols();
    Set<String> unknown = new TreeSet<>();
    int snippets = 0;
    for (String row : rows()) {
      String ours = row.split("(?<!\\\\)\\|")[2];
      for (String snippet : matches("`([^`]*)`", ours)) {
        snippets++;
        String code = snippet.replaceAll("\"[^\"]*\"", "");
        SYMBOL
            .matcher(code)
            .results()
            .map(MatchResult::group)
            .filter(symbol -> !known.contains(symbol))
            .forEach(unknown::add);
      }
    }
    assertEquals(Set.of(), unknown);
    assertTrue(snippets > 40, snippets + " snippets");
  }

  @Test
  void everyPublicSymbolOfThePythonToolkit_hasARow() throws IOException {
    Set<String> named = new HashSet<>();
    for (String row : rows()) {
      String theirs = row.split("(?<!\\\\)\\|")[1];
      matches("`([^`]*)`", theirs).forEach(code -> named.addAll(List.of(code.split("\\W+"))));
    }
    List<String> theirs =
        List.of(
            "prune_low_magnitude prune_scope strip_pruning UpdatePruningStep PruningSummaries",
            "PruningSchedule ConstantSparsity PolynomialDecay PrunableLayer PruningPolicy",
            "PruneForLatencyOnXNNPack cluster_weights cluster_scope strip_clustering",
            "clusterable_layer ClusterableLayer ClusteringAlgorithm ClusteringSummaries",
            "CentroidInitialization quantize_model quantize_annotate_layer",
            "quantize_annotate_model quantize_apply quantize_scope fix_input_output_range",
            "remove_input_range QuantizeConfig QuantizeWrapper QuantizeWrapperV2 QuantizeScheme",
            "QuantizeLayoutTransform QuantizeRegistry Quantizer LastValueQuantizer",
            "MovingAverageQuantizer AllValuesQuantizer FixedQuantizer default_8bit",
            "graph_transformations Default8BitPrunePreserveQuantizeScheme default_n_bit",
            "strip_clustering_cqat Default8BitClusterPreserveQuantizeScheme");
    Set<String> missing = new TreeSet<>(List.of(String.join(" ", theirs).split(" ")));
    missing.removeAll(named);
    assertEquals(Set.of(), missing);
  }

  private static List<String> rows() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .filter(line -> line.startsWith("| `"))
        .filter(line -> !line.endsWith("| Here | Difference |"))
        .toList();
  }

  private static List<String> matches(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(r -> r.group(1)).toList();
  }

  private static Set<String> publicSymbols() throws IOException {
    Set<String> symbols = new HashSet<>();
    ClassPath classes = ClassPath.from(MigrationTableTest.class.getClassLoader());
    for (String root : ROOTS) {
      for (ClassPath.ClassInfo info : classes.getTopLevelClassesRecursive(root)) {
        // Tests share the packages.
        if (!info.getSimpleName().endsWith("Test")) {
          add(info.load(), symbols);
        }
      }
    }
    return symbols;
  }

  private static void add(Class<?> type, Set<String> symbols) {
    if (!Modifier.isPublic(type.getModifiers())) {
      return;
    }
    symbols.add(type.getSimpleName());
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())) {
        symbols.add(method.getName());
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers())) {
        symbols.add(field.getName());
      }
    }
    for (Class<?> inner : type.getDeclaredClasses()) {
      add(inner, symbols);
    }
  }
}
