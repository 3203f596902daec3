package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedLogTest {

  private static final int LIMIT = BoundedLog.HEAD + BoundedLog.TAIL;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, BoundedLog.HEAD, BoundedLog.HEAD + 1, LIMIT - 1, LIMIT})
  void whatFits_isKeptWhole(int size) throws IOException {
    byte[] bytes = random(size);
    assertArrayEquals(bytes, Files.readAllBytes(write(bytes)));
  }

  @ParameterizedTest
  @ValueSource(ints = {LIMIT + 1, LIMIT + 12_345, LIMIT + 2 * BoundedLog.TAIL})
  void whatIsTooMuch_keepsBeginningAndEnd_andSaysWhatIsLeftOut(int size) throws IOException {
    byte[] bytes = random(size);
    byte[] kept = Files.readAllBytes(write(bytes));
    assertArrayEquals(Arrays.copyOf(bytes, BoundedLog.HEAD), Arrays.copyOf(kept, BoundedLog.HEAD));
    assertArrayEquals(
        Arrays.copyOfRange(bytes, size - BoundedLog.TAIL, size),
        Arrays.copyOfRange(kept, kept.length - BoundedLog.TAIL, kept.length));
    String gap =
        new String(
            kept,
            BoundedLog.HEAD,
            kept.length - BoundedLog.HEAD - BoundedLog.TAIL,
            StandardCharsets.UTF_8);
    assertEquals("... %,d bytes left out ...".formatted(size - LIMIT), gap.strip());
  }

  @Test
  void aFewBytes_areInTheFileAtOnce() throws IOException {
    Path file = folder.resolve("log");
    try (BoundedLog log = new BoundedLog(file)) {
      log.write(new byte[] {'a', 'b', 'c'}, 1, 2);
      assertEquals("bc", Files.readString(file));
    }
    assertTrue(Files.exists(file));
  }

  private Path write(byte[] bytes) throws IOException {
    Path file = folder.resolve("log");
    Random random = new Random(5);
    try (BoundedLog log = new BoundedLog(file)) {
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(300_000));
        log.write(bytes, at, length);
        at += length;
      }
    }
    return file;
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }
}
