package org.tfmot.officialmodels.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void lines_smallSteps_oneLinePerTenth() {
    try (Progress progress = lines()) {
      for (long bytes = 0; bytes <= 3_000_000; bytes += 1000) {
        progress.accept(bytes);
      }
    }
    List<String> lines = out.toString(UTF_8).lines().toList();
    assertEquals(10, lines.size());
    assertEquals("data: 10 % of 3.0 MB", lines.get(0));
    assertEquals("data: 100 % of 3.0 MB", lines.get(9));
  }

  @Test
  void lines_resumedInTheMiddle_startsThere() {
    try (Progress progress = lines()) {
      progress.accept(1_700_000);
      progress.accept(1_750_000);
    }
    assertEquals(List.of("data: 50 % of 3.0 MB"), out.toString(UTF_8).lines().toList());
  }

  private Progress lines() {
    return Progress.lines("data", 3_000_000, new PrintStream(out, true, UTF_8));
  }
}
