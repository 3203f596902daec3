package org.tfmot.officialmodels.progress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void lines_smallSteps_oneLinePerTenth() {
    try (ProgressDisplay display = lines(0)) {
      for (long bytes = 0; bytes <= 3_000_000; bytes += 1000) {
        display.update(bytes, "");
      }
    }
    List<String> lines = out.toString(UTF_8).lines().toList();
    assertEquals(10, lines.size());
    assertEquals("data: 10 % (0.3 of 3.0 MB)", lines.get(0));
    assertEquals("data: 100 % (3.0 of 3.0 MB)", lines.get(9));
  }

  @Test
  void lines_resumedInTheMiddle_startsThere() {
    try (ProgressDisplay display = lines(1_600_000)) {
      display.update(1_700_000, "");
      display.update(1_900_000, "nearly");
    }
    assertEquals(
        List.of("data: 60 % (1.9 of 3.0 MB), nearly"), out.toString(UTF_8).lines().toList());
  }

  @Test
  void bar_showsTaskAndEnds() {
    StringBuilder shown = new StringBuilder();
    ProgressBarBuilder builder =
        new ProgressBarBuilder().setConsumer(new DelegatingProgressBarConsumer(shown::append));
    try (ProgressDisplay bar =
        new ProgressBarDisplay("train", ProgressUnit.of("steps"), 5, 10, builder)) {
      bar.update(10, "loss 0.1");
      bar.message("evaluating");
      bar.event("not shown");
    }
    String text = shown.toString();
    assertTrue(text.contains("train"), text);
    assertTrue(text.contains("10/10"), text);
  }

  private ProgressDisplay lines(long start) {
    return ProgressDisplay.lines(new PrintStream(out, true, UTF_8))
        .open("data", ProgressUnit.MEGABYTES, start, 3_000_000);
  }
}
