package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CurvesTest {

  private static final String WHOLE =
      """
      {"metric":"accuracy","step":1,"value":0.5}
      {"metric":"loss","step":1,"value":2}
      {"metric":"accuracy","step":2,"value":0.75}
      """;

  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("curves.jsonl");
  }

  @Test
  void recordedReports_areReadBack_withTheLastOfEachMetric() throws IOException {
    try (CurveRecorder recorder = new CurveRecorder(file)) {
      recorder.add(new MetricPoint(1, "accuracy", 0.5));
      recorder.add(new MetricPoint(1, "loss", 2));
      recorder.add(new MetricPoint(2, "accuracy", 0.75));
    }
    assertEquals(WHOLE, Files.readString(file));
    Curves curves = Curves.read(file);
    assertEquals(Set.of("accuracy", "loss"), curves.metrics());
    assertEquals(Map.of("accuracy", 0.75, "loss", 2.0), curves.last());
    assertEquals(
        List.of(new MetricPoint(1, "accuracy", 0.5), new MetricPoint(2, "accuracy", 0.75)),
        curves.of("accuracy"));
    assertEquals(List.of(), curves.of("f1"));
  }

  /** Whatever byte the writer was killed at, all whole lines count and no other. */
  @Test
  void tornLastLine_isLeftOut_whereverItIsTorn() throws IOException {
    for (int length = 0; length <= WHOLE.length(); length++) {
      String torn = WHOLE.substring(0, length);
      Files.writeString(file, torn);
      Curves curves = Curves.read(file);
      long whole = torn.chars().filter(c -> c == '\n').count();
      assertEquals(whole, curves.metrics().stream().mapToInt(m -> curves.of(m).size()).sum(), torn);
    }
  }

  @Test
  void missingFile_hasNoPoints() throws IOException {
    assertTrue(Curves.read(file).metrics().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "accuracy 0.5",
        "{\"step\":1,\"metric\":\"accuracy\"}",
        "{\"step\":1.5,\"metric\":\"accuracy\",\"value\":1}",
        "{\"step\":1,\"step\":2,\"metric\":\"accuracy\",\"value\":1}"
      })
  void damagedLine_isRefused_withFileAndLine(String line) throws IOException {
    Files.writeString(file, WHOLE + line + "\n" + WHOLE);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Curves.read(file));
    assertTrue(String.valueOf(e.getMessage()).startsWith(file + ", line 4: "), e.getMessage());
  }

  @Test
  void stepThatGoesBack_isRefused_andNotWritten() throws IOException {
    try (CurveRecorder recorder = new CurveRecorder(file)) {
      recorder.add(new MetricPoint(5, "loss", 1));
      recorder.add(new MetricPoint(5, "loss", 0.5));
      InvalidReportException e =
          assertThrows(
              InvalidReportException.class, () -> recorder.add(new MetricPoint(4, "loss", 0)));
      assertEquals(
          "loss is reported at step 4 after step 5: steps must not go back", e.getMessage());
      recorder.add(new MetricPoint(1, "accuracy", 0));
    }
    assertEquals(Map.of("loss", 0.5, "accuracy", 0.0), Curves.read(file).last());
  }

  @Test
  void reportsOfManyThreads_areWholeLines() throws Exception {
    Thread[] threads = new Thread[4];
    try (CurveRecorder recorder = new CurveRecorder(file)) {
      for (int i = 0; i < threads.length; i++) {
        String metric = "metric " + i;
        threads[i] =
            new Thread(
                () -> {
                  for (int step = 0; step < 500; step++) {
                    try {
                      recorder.add(new MetricPoint(step, metric, step));
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  }
                });
        threads[i].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(recorder.curves().last(), Curves.read(file).last());
    }
    assertEquals(500, Curves.read(file).of("metric 3").size());
  }
}
