package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/** The Java that the documentation shows compiles. */
class DocumentedCodeTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");

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
      import org.tensorflow.Tensor;
      import org.tfmot.api.GraphModel;
      """;

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

  @ParameterizedTest
  @ValueSource(
      strings = {"README.md", "docs/models.md", "docs/techniques.md", "docs/training-loop.md"})
  void javaInTheDocumentation_compiles(String file) throws Exception {
    List<String> blocks = blocks(file);
    assertFalse(blocks.isEmpty(), file + " shows no Java");
    // The blocks of one file follow each other.
    String code = String.join("\n", blocks);
    String dense = code.contains("GraphModel dense =") ? "" : "GraphModel dense, ";
    String given = imports(code);
    String imports = given.isEmpty() ? IMPORTS : OF_THE_FRAME + given;
    String body = code.replaceAll("(?m)^import .*;$", "");
    assertEquals("", errors(imports + BEFORE.formatted(dense) + body + AFTER));
  }

  @Test
  void modelOfTheGuide_takesATechnique() throws Exception {
    String block =
        blocks("docs/models.md").stream()
            .filter(code -> code.contains("GraphModel built ="))
            .findFirst()
            .orElseThrow();
    String source = "public class Documented { public static GraphModel model() {";
    assertEquals("", errors(IMPORTS + source + block + "return built;" + AFTER));
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
    String code = String.join("\n", blocks(file));
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

  private static List<String> blocks(String file) throws IOException {
    String text = Files.readString(ROOT.resolve(file));
    return BLOCK.matcher(text).results().map((MatchResult r) -> r.group(1)).toList();
  }

  private String errors(String source) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    JavaFileObject unit =
        new SimpleJavaFileObject(
            URI.create("string:///Documented.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    List<String> options = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none"));
    options.addAll(List.of("-classpath", System.getProperty("java.class.path"), "-nowarn"));
    boolean done = compiler.getTask(messages, null, null, options, null, List.of(unit)).call();
    return done ? "" : messages.toString();
  }
}
