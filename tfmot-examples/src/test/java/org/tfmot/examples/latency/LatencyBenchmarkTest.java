package org.tfmot.examples.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LatencyBenchmarkTest {

  @Test
  void smallestNetwork_isMeasuredInAllFormats() {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    int code;
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      code =
          new CommandLine(new LatencyBenchmark())
              .execute("--only", "small-encoder", "--threads", "1");
    } finally {
      System.setOut(console);
    }
    String table = printed.toString(StandardCharsets.UTF_8);
    assertEquals(0, code, table);
    for (String format : new String[] {"FLOAT32", "FLOAT16", "DYNAMIC_RANGE", "INT8"}) {
      assertTrue(table.lines().anyMatch(line -> line.startsWith(format + " ")), table);
    }
  }

  @Test
  void networkThatIsNotThere_isRefused_withTheNames() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> new LatencyBenchmark().network("resnet50"));
    assertTrue(String.valueOf(e.getMessage()).contains("small-encoder"), e.getMessage());
  }
}
