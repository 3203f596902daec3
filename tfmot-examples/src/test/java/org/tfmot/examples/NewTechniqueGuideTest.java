package org.tfmot.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.gate.claim.Coverage;
import org.tfmot.gate.claim.Descriptors;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.process.Rfc;
import org.tfmot.gate.run.ConvergenceTests;
import org.tfmot.officialmodels.core.ExperimentProvider;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** The technique that the guide builds is the one that is tested, and its files are taken. */
class NewTechniqueGuideTest {

  private static final String PAGE = "docs/guide/new-technique.md";
  private static final String TESTED = "tfmot-techniques/src/test/java/com/example/ternary/";

  @TempDir private static Path folder;

  @BeforeAll
  static void javaOfThePage_compiles() throws Exception {
    List<String> sources = new ArrayList<>(Documentation.blocks(PAGE, "java"));
    sources.addAll(Documentation.blocks("docs/guide/toy-task.md", "java"));
    assertEquals("", JavaFiles.errors(folder, sources));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TernaryWeights", "TernaryConfig"})
  void code_isThatOfTheTests(String type) throws Exception {
    String shown =
        Documentation.blocks(PAGE, "java").stream()
            .filter(source -> JavaFiles.typeOf(source).equals(type))
            .findFirst()
            .orElseThrow();
    assertEquals(Documentation.read(TESTED + type + ".java"), shown);
  }

  @Test
  void program_printsWhatThePageShows_andWritesThreeIntegers() throws Exception {
    Path file = folder.resolve("model.tflite");
    String printed = GuideProgram.run(folder, "TernaryModel", file);
    assertEquals(
        GuideProgram.shape(Documentation.blocks(PAGE, "").get(0)), GuideProgram.shape(printed));
    TfLiteModel model = TfLiteModel.read(file);
    assertEquals(List.of(), model.floatOperators());
    assertEquals(2, model.weights().size());
    for (TfLiteTensor weight : model.weights()) {
      assertEquals(3, weight.distinctCount(), weight.toString());
      assertTrue(2 * weight.zeroCount() >= weight.elementCount(), weight.toString());
    }
  }

  @Test
  void channelPruning_keepsWholeChannels() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      Technique channels =
          (Technique) loader.loadClass("ChannelPruning").getMethod("create").invoke(null);
      float[] kernel = {1, 8, -2, 4, -6, 3, 2, 5};
      Optimized pruned = channels.apply(dense(kernel));
      try (LiveModel live = pruned.model().open()) {
        TrainingHook hook = pruned.hooks().get(0);
        hook.begin(live.session(), 0, 201);
        hook.beforeStep(live.session(), 100);
        assertArrayEquals(
            new float[] {0, 8, 0, 4, 0, 3, 0, 5},
            TensorProtos.toFloats(live.value("kernel")),
            1e-6f);
      }
    }
  }

  /** A matrix product with four inputs and two output channels. */
  private static GraphModel dense(float... kernel) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
          Operand<TFloat32> weight =
              tf.withName("kernel")
                  .variable(tf.reshape(tf.constant(kernel), tf.constant(new int[] {4, 2})));
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.withName("product").linalg.matMul(x, weight))
              .build();
        });
  }

  @Test
  void experiment_hasTheTechnique() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      ExperimentRegistry registry = ExperimentRegistry.standard();
      ((ExperimentProvider)
              loader
                  .loadClass("com.example.ternary.TernaryExperiment")
                  .getConstructor()
                  .newInstance())
          .register(registry);
      assertEquals(
          List.of("ternary weights"),
          registry.get("resnet_cifar_ternary").defaults().techniques().stream()
              .map(config -> config.create().name())
              .toList());
      assertEquals(
          Documentation.blocks(PAGE, "text").get(0).strip(),
          loader.loadClass("com.example.ternary.TernaryConfig").getName());
    }
  }

  @Test
  void descriptorAndRfc_areTaken_andTheTestProvesTheClaim() throws Exception {
    Path json = folder.resolve("ternary-weights.json");
    Files.writeString(json, Documentation.blocks(PAGE, "json").get(0));
    TechniqueDescriptor descriptor = Descriptors.read(json);
    List<Path> classPath =
        Stream.of(
                (folder + File.pathSeparator + System.getProperty("java.class.path"))
                    .split(File.pathSeparator))
            .map(Path::of)
            .toList();
    SortedMap<String, SortedSet<String>> tests = ConvergenceTests.find(classPath, List.of(folder));
    assertEquals(1, tests.size(), tests.toString());
    assertEquals(List.of(), Coverage.problems(List.of(descriptor), tests));

    Path page = folder.resolve("rfc.md");
    Files.writeString(page, Documentation.blocks(PAGE, "markdown").get(0));
    Rfc rfc = Rfc.read(page);
    assertEquals(descriptor.technique(), rfc.technique());
    assertEquals(descriptor.owners().stream().map(owner -> owner.name()).toList(), rfc.owners());
    assertTrue(rfc.descriptor().endsWith("META-INF/gate/ternary-weights.json"));
  }
}
