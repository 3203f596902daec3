package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Without the artifacts of native libraries, messages name them, also the second time. */
class NativeLibrariesTest {

  private static String runWithout(String artifact, String mode) throws Exception {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !(entry.contains(artifact) && entry.contains(Loader.getPlatform())))
            .collect(Collectors.joining(File.pathSeparator));
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                path,
                Main.class.getName(),
                mode)
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return output;
  }

  @Test
  void missingRuntime_isNamedWithItsClassifier() throws Exception {
    String output = runWithout("tensorflow-lite", "lite");
    List<String> refusals = output.lines().filter(line -> line.startsWith("refused: ")).toList();
    assertTrue(refusals.size() == 2, output);
    for (String refusal : refusals) {
      assertTrue(refusal.contains("org.bytedeco:tensorflow-lite"), refusal);
      assertTrue(refusal.contains("classifier " + Loader.getPlatform()), refusal);
    }
  }

  @Test
  void missingTensorFlow_isNamedWithItsClassifier() throws Exception {
    String output = runWithout("tensorflow-core-native", "graph");
    List<String> refusals = output.lines().filter(line -> line.startsWith("refused: ")).toList();
    assertTrue(refusals.size() == 2, output);
    for (String refusal : refusals) {
      assertTrue(refusal.contains("org.tensorflow:tensorflow-core-native"), refusal);
      assertTrue(refusal.contains("classifier " + Loader.getPlatform()), refusal);
    }
  }

  /** The child's side: tries twice. */
  public static final class Main {

    private Main() {}

    /** Uses the runtime or TensorFlow. */
    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        try {
          if (args[0].equals("lite")) {
            System.out.println(TfLiteInterpreter.runtimeVersion());
          } else {
            GraphModel.build(tf -> Endpoints.builder().output("y", tf.constant(1f)).build());
          }
        } catch (IllegalStateException e) {
          System.out.println("refused: " + e.getMessage());
        }
      }
    }
  }
}
