package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java that the documentation shows compiles. */
class DocumentedCodeTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");

  /** What the documentation takes for granted. */
  private static final String BEFORE =
      """
      import static org.tfmot.api.LayerSelector.*;
      import java.nio.file.Path;
      import java.util.*;
      import org.tensorflow.*;
      import org.tensorflow.op.*;
      import org.tensorflow.ndarray.Shape;
      import org.tensorflow.op.core.Placeholder;
      import org.tensorflow.op.core.VarHandleOp;
      import org.tensorflow.op.nn.FusedBatchNorm;
      import org.tensorflow.types.TFloat32;
      import org.tfmot.api.*;
      import org.tfmot.techniques.clustering.*;
      import org.tfmot.techniques.pruning.*;
      import org.tfmot.techniques.quantization.*;
      import org.tfmot.techniques.tflite.*;
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
    String text = Files.readString(ROOT.resolve(file));
    List<String> blocks = BLOCK.matcher(text).results().map((MatchResult r) -> r.group(1)).toList();
    assertFalse(blocks.isEmpty(), file + " shows no Java");
    // The blocks of one file follow each other.
    String code = String.join("\n", blocks);
    String dense = code.contains("GraphModel dense =") ? "" : "GraphModel dense, ";
    assertEquals("", errors(BEFORE.formatted(dense) + code + AFTER));
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
