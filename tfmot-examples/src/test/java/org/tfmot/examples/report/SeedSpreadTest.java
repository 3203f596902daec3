package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeedSpreadTest {

  @TempDir Path folder;

  @Test
  void table_hasMeansAndExtremesOfAllSeeds() throws IOException {
    Path one = report("one", variant("float", 0.90, 1000, 100), variant("int8", 0.89, 250, 30));
    Path two = report("two", variant("float", 0.90, 1000, 200), variant("int8", 0.92, 270, 80));
    List<String> lines = SeedSpread.table(List.of(one, two)).lines().toList();
    assertEquals(4, lines.size());
    assertEquals(
        "| int8 | 90.50 % (89.00 to 92.00) | +0.50 | 0.260 | 0.260 | 75.0 % | 0.35 | 0.35 | |",
        lines.get(3).replaceAll(" +", " "));
  }

  @Test
  void table_agreementIsTheSmallest() throws IOException {
    String agreeing = variant("float", 0.9, 10, 10).replace("}", ",\"agreement\":0.995}");
    Path one = report("one", agreeing);
    Path two = report("two", agreeing.replace("0.995", "0.993"));
    assertTrue(SeedSpread.table(List.of(one, two)).contains("| 99.30 % |"));
  }

  @Test
  void table_oneSeed_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> SeedSpread.table(List.of(folder)));
  }

  @Test
  void table_reportsThatCannotBeCompared_areNamed() throws IOException {
    Path one = report("one", variant("float", 0.9, 10, 10));
    Path two = report("two", variant("float", 0.9, 10, 10), variant("int8", 0.9, 10, 10));
    Path three = report("three", variant("float", 0.9, 10, 10).replace("10000", "2000"));
    for (Path other : List.of(two, three)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> SeedSpread.table(List.of(one, other)));
      assertTrue(e.getMessage().contains(other.toString()), e.getMessage());
    }
  }

  @Test
  void table_withoutAReport_saysWhatMakesOne() {
    Path none = folder.resolve("none");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> SeedSpread.table(List.of(none, none)));
    assertTrue(e.getMessage().contains(none.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("run the main job"), e.getMessage());
  }

  @Test
  void table_noFloatVariant_namesTheFile() throws IOException {
    Path one = report("one", variant("int8", 0.9, 10, 10));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> SeedSpread.table(List.of(one, one)));
    assertTrue(e.getMessage().contains(one.resolve("report.json").toString()), e.getMessage());
  }

  private Path report(String name, String... variants) throws IOException {
    Path one = Files.createDirectory(folder.resolve(name));
    Files.writeString(one.resolve("report.json"), "[" + String.join(",", variants) + "]");
    return one;
  }

  private static String variant(String name, double top1, int bytes, double micros) {
    return String.format(
        Locale.ROOT,
        "{\"variant\":\"%s\",\"top1\":%s,\"testImages\":10000,\"tfliteBytes\":%d,\"gzipBytes\":%d,"
            + "\"zeroFraction\":0.75,\"latencyMedianMicros\":%s,"
            + "\"latencyTwoThreadsMedianMicros\":%s,\"mode\":\"full\"}",
        name,
        top1,
        bytes,
        bytes,
        micros,
        micros);
  }
}
