package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/** The Java that the documentation shows compiles. */
class DocumentedCodeTest {

  /** Pages with tests of their own that compile and run them. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "docs/first-project.md", "docs/guide/new-technique.md", "tfmot-release-gate/README.md");

  /** What the documentation takes for granted. */
  private static final String IMPORTS =
      """
      import static org.tfmot.api.LayerSelector.*;
      import java.nio.file.Path;
      import java.util.*;
      import org.tensorflow.*;
      import org.tensorflow.ndarray.Shape;
      import org.tensorflow.op.*;
      import org.tensorflow.op.core.Placeholder;
      import org.tensorflow.op.core.VarHandleOp;
      import org.tensorflow.op.nn.FusedBatchNorm;
      import org.tensorflow.types.TFloat32;
      import org.tfmot.api.*;
      import org.tfmot.api.optimizer.*;
      import org.tfmot.officialmodels.data.Cifar10;
      import org.tfmot.officialmodels.vision.*;
      import org.tfmot.techniques.clustering.*;
      import org.tfmot.techniques.pruning.*;
      import org.tfmot.techniques.quantization.*;
      import org.tfmot.techniques.tflite.*;
      """;

  /** Imports of the class around a page's Java, besides the page's own. */
  private static final String OF_THE_FRAME =
"""
      import java.util.List;
      import java.util.Map;
import java.util.Set;
      import org.tensorflow.Tensor;
      import org.tfmot.api.GraphModel;
      import org.tfmot.api.Optimized;
""";

  /** Variables of earlier pages, unless a page declares them itself. */
  private static final Map<String, String> GIVEN =
      Map.of("dense", "GraphModel", "quantized", "Optimized");

  private static final String TOY_TASK = "docs/guide/toy-task.md";

  private static final String BEFORE =
      """
      abstract class Documented {
        abstract Tensor images(long step);
        abstract Tensor labels(long step);
        @SuppressWarnings("unchecked")
        void code(%sfloat[] pixels, List<Map<String, Tensor>> samples) throws Exception {
      """;

  private static final String AFTER = "\n}}";

  @TempDir Path folder;

  static List<String> pagesWithJava() throws IOException {
    List<String> pages = new ArrayList<>();
    for (String page : Documentation.pages()) {
      if (!ELSEWHERE.contains(page) && !Documentation.blocks(page, "java").isEmpty()) {
        pages.add(page);
      }
    }
    assertTrue(pages.contains("README.md") && pages.contains("docs/guide/pruning.md"), "" + pages);
    return pages;
  }

  @ParameterizedTest
  @MethodSource("pagesWithJava")
  void javaInTheDocumentation_compiles(String page) throws Exception {
    Map<Boolean, List<String>> blocks =
        Documentation.blocks(page, "java").stream()
            .collect(Collectors.partitioningBy(JavaFiles::isWhole));
    List<String> sources = new ArrayList<>(blocks.get(true));
    if (page.startsWith("docs/guide/") && !page.equals(TOY_TASK)) {
      sources.addAll(Documentation.blocks(TOY_TASK, "java"));
    }
    if (!blocks.get(false).isEmpty()) {
      // The parts of one page follow each other.
      sources.add(framed(String.join("\n", blocks.get(false))));
    }
    assertEquals("", JavaFiles.errors(folder, sources));
  }

  /** Returns parts of a page as the body of a method. */
  private static String framed(String code) {
    StringBuilder given = new StringBuilder();
    GIVEN.forEach(
        (name, type) -> given.append(declared(code, name) ? "" : type + " " + name + ", "));
    String own = imports(code);
    String imports = own.isEmpty() ? IMPORTS : OF_THE_FRAME + own;
    return imports + BEFORE.formatted(given) + code.replaceAll("(?m)^import .*;$", "") + AFTER;
  }

  private static boolean declared(String code, String name) {
    return code.matches("(?s).*\\b[A-Z]\\w* " + name + " =.*");
  }

  @Test
  void modelOfTheGuide_takesATechnique() throws Exception {
    String block =
        Documentation.blocks("docs/models.md", "java").stream()
            .filter(code -> code.contains("GraphModel built ="))
            .findFirst()
            .orElseThrow();
    String source = "public class Documented { public static GraphModel model() {";
    assertEquals(
        "", JavaFiles.errors(folder, List.of(IMPORTS + source + block + "return built;" + AFTER)));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      GraphModel model =
          (GraphModel) loader.loadClass("Documented").getMethod("model").invoke(null);
      GraphModel quantized = QuantizationAwareTraining.create().apply(model).model();
      assertTrue(quantized.isTraining());
      try (LiveModel live = model.toInference().open();
          TFloat32 image = TFloat32.tensorOf(Shape.of(2, 8, 8, 3));
          Result result = live.run(Map.of("image", image))) {
        assertEquals(Shape.of(2, 16), result.get(0).shape());
      }
    }
  }

  /** A page that says which imports its Java needs says all of them, and no others. */
  @ParameterizedTest
  @ValueSource(strings = {"docs/models.md", "docs/training-loop.md"})
  void importsOfAPage_areThoseThatItsJavaNeeds(String file) throws Exception {
    String code = String.join("\n", Documentation.blocks(file, "java"));
    List<String> imports = imports(code).lines().toList();
    assertTrue(imports.size() > 5, imports.toString());
    String body = code.replaceAll("(?m)^import .*;$", "");
    for (String each : imports) {
      String type = each.substring(each.lastIndexOf('.') + 1, each.length() - 1);
      assertTrue(body.matches("(?s).*\\b" + type + "\\b.*"), each);
    }
  }

  private static String imports(String code) {
    return code.lines()
        .filter(line -> line.startsWith("import "))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }
}
