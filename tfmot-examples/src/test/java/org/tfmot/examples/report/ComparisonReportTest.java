package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {
  @Test
  void table_knownNumbers_isThisText() {
    String expected =
        """
        ResNet-20 on CIFAR-10 (default run)

        | variant  |      top-1 (TFLite, |   change |    .tflite |    gzipped | zeros |  latency | against |
        |          | 10,000 test images) | (points) |            |            |       | (median) |   float |
        |:---------|--------------------:|---------:|-----------:|-----------:|------:|---------:|--------:|
        | float    |              91.25% |        - | 1,083.4 kB | 1,002.3 kB |  0.1% | 2,000 us |   1.00x |
        | qat-int8 |              90.83% |    -0.42 |   301.2 kB |   240.1 kB |  0.1% |   620 us |   0.31x |

        latency: one image, one thread; kB = 1,000 bytes; 95% interval of float top-1: +-0.55 points
        Example CPU 3000, 2 cores; JDK 17.0.15 (Example); TensorFlow 2.18.0; TFLite 2.18.0; kernels native (AVX2)
        """;
    assertEquals(expected, Samples.small().build().table());
  }

  @Test
  void table_sixVariants_fitsIn120Columns() {
    List<String> lines = Samples.full().build().table().lines().toList();
    lines.forEach(line -> assertTrue(line.length() <= 120, line));
    List<Integer> widths =
        lines.stream().filter(l -> l.startsWith("|")).map(String::length).distinct().toList();
    assertEquals(1, widths.size(), "all rows have one width: " + widths);
  }

  @Test
  void table_fastMode_saysSoWithTheNumberOfTestImages() {
    String table = Samples.small().mode(ComparisonReport.Mode.FAST).build().table();
    assertTrue(table.contains("fast run: fewer steps and fewer test images"), table);
    assertTrue(table.contains("| top-1 (TFLite, fast, |"), table);
    assertTrue(table.contains(" 10,000 test images) |"), table);
  }

  @Test
  void table_changeThatRoundsToZero_hasNoMinus() {
    String table =
        Samples.small()
            .variant(Samples.variant("ptq-int8", 0.91249999, 300_000, 240_000, 640))
            .build()
            .table();
    assertTrue(table.contains("+0.00"), table);
    assertFalse(table.contains("-0.00"), table);
  }

  @Test
  void build_withoutVariants_isRefused() {
    assertRefused(
        "no variants",
        () -> ComparisonReport.builder("t").environment(Samples.environment()).build());
  }

  @Test
  void build_withoutFloat_namesWhatIsThere() {
    assertRefused(
        "[qat-int8]",
        () ->
            ComparisonReport.builder("t")
                .environment(Samples.environment())
                .variant(Samples.variant("qat-int8", 0.9, 10, 10, 10))
                .build());
  }

  @Test
  void build_withoutEnvironment_isRefused() {
    assertRefused("no environment", () -> ComparisonReport.builder("t").build());
  }

  @Test
  void build_sameVariantTwice_isRefused() {
    assertRefused(
        "qat-int8 was added twice",
        () -> Samples.small().variant(Samples.variant("qat-int8", 0.9, 10, 10, 10)).build());
  }

  @Test
  void build_otherNumberOfTestImages_isRefused() {
    VariantResult v = Samples.variant("ptq-int8", 0.9, 10, 10, 10);
    VariantResult fewer =
        new VariantResult(
            v.variant(), v.top1(), 500, 10, 10, 0, v.latency(), null, null, v.file(), "-");
    assertRefused(
        "ptq-int8 was measured on 500 test images, float on 10000",
        () -> Samples.small().variant(fewer).build());
  }

  @Test
  void build_layerOfUnknownVariant_namesBoth() {
    LayerSummary layer = LayerSummary.of("mystery", "conv/kernel", List.of(1), new float[] {1});
    assertRefused("layer conv/kernel belongs to variant 'mystery'", layerOf(layer));
  }

  @Test
  void build_skippedOpOfUnknownVariant_namesBoth() {
    assertRefused(
        "skipped operation probs belongs to variant 'mystery'",
        () -> Samples.small().skipped(new SkippedOp("mystery", "probs", "Softmax", "r")).build());
  }

  @Test
  void build_sameLayerTwice_isRefused() {
    LayerSummary layer = LayerSummary.of("float", "conv/kernel", List.of(1), new float[] {1});
    assertRefused(
        "layer conv/kernel of variant float was added twice",
        () -> Samples.small().layer(layer).layer(layer).build());
  }

  private static Executable layerOf(LayerSummary layer) {
    return () -> Samples.small().layer(layer).build();
  }

  @Test
  void requireWritable_missingFolder_makesItAndLeavesNothingIn(@TempDir Path folder)
      throws IOException {
    Path output = folder.resolve("a/b");
    ComparisonReport.requireWritable(output);
    try (Stream<Path> files = Files.list(output)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @Test
  void requireWritable_fileInTheWay_namesTheFolder(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    assertRefused(
        file.resolve("out").toString(),
        () -> ComparisonReport.requireWritable(file.resolve("out")));
    assertRefused(file.toString(), () -> ComparisonReport.requireWritable(file));
    assertEquals("kept", Files.readString(file));
  }

  @Test
  void requireWritable_folderWithoutPermission_namesTheFolder(@TempDir Path folder)
      throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    boolean possible = locked.toFile().setWritable(false) && !Files.isWritable(locked);
    assumeTrue(possible, "the superuser may write anywhere");
    assertRefused(locked.toString(), () -> ComparisonReport.requireWritable(locked));
  }

  private static void assertRefused(String message, Executable call) {
    String actual = String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    assertTrue(actual.contains(message), actual);
  }
}
