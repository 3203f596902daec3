package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputPumpTest {

  @TempDir Path folder;

  private final List<String> taken = new ArrayList<>();

  @Test
  void linesThatAreTaken_doNotGoToTheLog() throws IOException {
    assertEquals("a\n\n{no}\nb", pump("a\n{take 1}\n\n{no}\n  {take 2}\nb"));
    assertEquals(List.of("{take 1}", "  {take 2}"), taken);
  }

  @Test
  void lastLine_needsNoNewline() throws IOException {
    assertEquals("", pump("{take this}"));
    assertEquals(List.of("{take this}"), taken);
  }

  @Test
  void lineThatIsTooLong_goesToTheLogWhole_andIsNoReport() throws IOException {
    String text = "{take " + "x".repeat(100_000) + "}\n";
    assertEquals(text, pump(text + "{take next}\n"));
    assertEquals(List.of("{take next}"), taken);
  }

  /** However the pieces fall that a pipe hands over. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void piecesOfAnySize_giveTheSameLines(long seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    List<String> reports = new ArrayList<>();
    StringBuilder rest = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      boolean report = random.nextBoolean();
      String line = (report ? "{take ü" : "line ") + "é".repeat(random.nextInt(50));
      text.append(line).append('\n');
      if (report) {
        reports.add(line);
      } else {
        rest.append(line).append('\n');
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    InputStream torn =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(7)));
          }
        };
    assertEquals(rest.toString(), pump(torn));
    assertEquals(reports, taken);
  }

  @Test
  void reportThatCannotBeWritten_isAFailure_andTheRestIsStillRead() throws IOException {
    InputStream in =
        new ByteArrayInputStream("{take}\n{take}\nmore\n".getBytes(StandardCharsets.UTF_8));
    OutputPump pump;
    try (BoundedLog log = new BoundedLog(folder.resolve("log"))) {
      pump =
          new OutputPump(
              in,
              log,
              line -> {
                throw new IOException("No space left on device");
              });
      pump.run();
    }
    assertNotNull(pump.failure());
    assertEquals(-1, in.read());
  }

  private String pump(String text) throws IOException {
    return pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private String pump(InputStream in) throws IOException {
    Path file = folder.resolve("log");
    try (BoundedLog log = new BoundedLog(file)) {
      OutputPump pump =
          new OutputPump(in, log, line -> line.strip().startsWith("{take") && taken.add(line));
      pump.run();
      assertNull(pump.failure());
    }
    return Files.readString(file);
  }
}
