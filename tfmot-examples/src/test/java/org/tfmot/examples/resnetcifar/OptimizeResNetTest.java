package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.techniques.tflite.TfLiteModel;
import picocli.CommandLine;

class OptimizeResNetTest {

  private final StringWriter errors = new StringWriter();

  private int run(String... args) {
    CommandLine line = OptimizeResNet.commandLine();
    line.setErr(new PrintWriter(errors, true));
    return line.execute(args);
  }

  @Test
  void fastAndFullExcludeEachOther() {
    assertEquals(1, run("--fast", "--full"));
    assertTrue(errors.toString().contains("--fast and --full exclude each other"));
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertEquals(2, run("--quick"));
    assertTrue(errors.toString().contains("--quick"));
  }

  @Test
  void anOutputFolderThatIsAFileIsRefusedBeforeWorkStarts(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("taken"), "a file");
    assertEquals(1, run("--out", file.toString()));
    assertTrue(errors.toString().contains(file.toString()), errors.toString());
    assertEquals("a file", Files.readString(file));
  }

  @Test
  @Tag("long")
  void theFastRunMeasuresEveryVariantAndKeepsTheInvariants(@TempDir Path folder)
      throws IOException {
    assertEquals(0, run("--fast", "--out", folder.toString()), errors::toString);
    Map<String, JsonNode> variants = new LinkedHashMap<>();
    new ObjectMapper()
        .readTree(folder.resolve("report.json").toFile())
        .forEach(variant -> variants.put(variant.get("variant").asText(), variant));
    assertEquals(
        List.of("float", "ptq-dynamic", "ptq-int8", "qat-int8", "pruned-75", "pruned-75-qat-int8"),
        List.copyOf(variants.keySet()));
    long floatBytes = bytes(variants.get("float"));
    for (String name : new String[] {"ptq-int8", "qat-int8", "pruned-75-qat-int8"}) {
      JsonNode variant = variants.get(name);
      assertTrue(bytes(variant) <= 0.30 * floatBytes, name + " is too large");
      assertTrue(variant.get("agreement").asDouble() >= 0.98, name + " disagrees");
      TfLiteModel model = TfLiteModel.read(folder.resolve(variant.get("file").asText()));
      assertTrue(model.floatOperators().isEmpty(), name + " computes in float");
    }
    assertTrue(variants.get("pruned-75").get("zeroFraction").asDouble() >= 0.749);
    assertTrue(
        variants.get("pruned-75-qat-int8").get("zeroFraction").asDouble()
            >= variants.get("pruned-75").get("zeroFraction").asDouble(),
        "quantization lost zeros");
    assertTrue(Files.size(folder.resolve("report.html")) > 10_000);
  }

  private static long bytes(JsonNode variant) {
    return variant.get("tfliteBytes").asLong();
  }
}
