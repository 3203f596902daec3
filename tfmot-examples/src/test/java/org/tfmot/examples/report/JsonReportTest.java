package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonReportTest {
  @Test
  void writeJson_sixVariants_isAnArrayInOrderWithTheAgreedKeysFirst(@TempDir Path folder)
      throws IOException {
    JsonNode array = written(folder, Samples.full().build());
    assertTrue(array.isArray());
    assertEquals(6, array.size());
    for (int i = 0; i < 6; i++) {
      JsonNode node = array.get(i);
      List<String> keys = new ArrayList<>();
      node.fieldNames().forEachRemaining(keys::add);
      assertEquals(
          List.of(
              "variant",
              "top1",
              "testImages",
              "tfliteBytes",
              "gzipBytes",
              "zeroFraction",
              "latencyMedianMicros",
              "file"),
          keys.subList(0, 8));
      assertEquals(Samples.NAMES.get(i), node.get("variant").textValue());
      assertTrue(node.get("top1").isDouble());
      assertTrue(node.get("testImages").isInt());
      assertTrue(node.get("tfliteBytes").isIntegralNumber());
      assertTrue(node.get("gzipBytes").isIntegralNumber());
      assertTrue(node.get("zeroFraction").isDouble());
      assertTrue(node.get("latencyMedianMicros").isDouble());
      assertEquals("models/" + Samples.NAMES.get(i) + ".tflite", node.get("file").textValue());
    }
  }

  @Test
  void writeJson_values_areThoseGiven(@TempDir Path folder) throws IOException {
    JsonNode node = written(folder, Samples.full().build()).get(5);
    assertEquals(0.9041, node.get("top1").doubleValue());
    assertEquals(10_000, node.get("testImages").intValue());
    assertEquals(313_016, node.get("tfliteBytes").longValue());
    assertEquals(118_300, node.get("gzipBytes").longValue());
    assertEquals(0.751, node.get("zeroFraction").doubleValue());
    assertEquals(705, node.get("latencyMedianMicros").doubleValue());
    assertEquals(423, node.get("latencyTwoThreadsMedianMicros").doubleValue(), 1e-9);
    assertEquals(0.9941, node.get("agreement").doubleValue());
  }

  @Test
  void writeJson_whatWasNotMeasured_isAbsent(@TempDir Path folder) throws IOException {
    JsonNode node = written(folder, Samples.small().build()).get(0);
    assertFalse(node.has("agreement"));
    assertFalse(node.has("latencyTwoThreadsMedianMicros"));
  }

  @Test
  void writeJson_hostileName_survivesParsing(@TempDir Path folder) throws IOException {
    String name = "\"},{\"a\\b'</script>é😀";
    JsonNode array =
        written(folder, Samples.small().variant(Samples.variant(name, 0.5, 1, 1, 1)).build());
    assertEquals(3, array.size());
    assertEquals(name, array.get(2).get("variant").textValue());
  }

  private static JsonNode written(Path folder, ComparisonReport report) throws IOException {
    Path file = folder.resolve("new/report.json");
    report.writeJson(file);
    return new ObjectMapper().readTree(file.toFile());
  }
}
