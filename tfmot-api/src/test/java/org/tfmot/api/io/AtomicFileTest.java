package org.tfmot.api.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @TempDir private Path folder;

  @Test
  void write_replacesContentAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "one");
    AtomicFile.write(file, "zw\u00f6lf");
    assertEquals("zw\u00f6lf", Files.readString(file));
    assertEquals(List.of("a.txt"), names());
  }

  @Test
  void write_ofAFullDisk_namesFileAndReasonAndKeepsTheOldContent() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "old");
    AtomicFile.Content full =
        out -> {
          out.write(new byte[100_000]);
          throw new IOException("No space left on device");
        };
    var error = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(file, full));
    assertEquals("cannot write " + file + ": No space left on device", error.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("a.txt"), names());
  }

  @Test
  void write_whereThereIsNoFolder_namesTheFile() {
    Path file = folder.resolve("none/a.txt");
    var error = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(file, "x"));
    assertTrue(error.getMessage().startsWith("cannot write " + file + ": "), error.getMessage());
    assertTrue(error.getMessage().contains("NoSuchFile"), error.getMessage());
  }

  @Test
  void write_removesWhatDeadProcessesLeft_andNothingElse() throws IOException {
    Path file = folder.resolve("a.txt");
    for (String left : List.of("a.txt.tmp-123", "a.txt.tmp-9.index", ".a.txt.tfmot-lock")) {
      Files.createFile(folder.resolve(left));
    }
    Files.createFile(AtomicFile.temporary(file));
    List<String> others = List.of("a.txt.tmp-x", "a.txt.tmp", "b.txt.tmp-123", "a.txt2.tmp-1");
    for (String other : others) {
      Files.createFile(folder.resolve(other));
    }
    AtomicFile.write(file, "x");
    List<String> expected = new ArrayList<>(others);
    expected.add("a.txt");
    assertEquals(expected.stream().sorted().toList(), names());
  }

  @Test
  void writesOfManyThreads_neverMix() throws Exception {
    Path file = folder.resolve("a.bin");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> writes = new ArrayList<>();
    for (byte i = 1; i <= 40; i++) {
      byte[] content = new byte[10_000];
      Arrays.fill(content, i);
      writes.add(threads.submit(() -> AtomicFile.write(file, content)));
    }
    for (Future<?> write : writes) {
      write.get();
      byte[] found = Files.readAllBytes(file);
      byte[] same = new byte[10_000];
      Arrays.fill(same, found[0]);
      assertArrayEquals(same, found);
    }
    threads.shutdown();
    assertEquals(List.of("a.bin"), names());
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void write_overWhatIsNoFile_isRefusedAndLeavesIt() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    var error = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(pipe, "x"));
    assertTrue(
        error.getMessage().contains(pipe + ": there is a device or pipe"), error.getMessage());
    assertFalse(Files.isRegularFile(pipe));
    Path inner = Files.createDirectory(folder.resolve("inner"));
    error = assertThrows(UncheckedIOException.class, () -> AtomicFile.write(inner, "x"));
    assertTrue(error.getMessage().contains(inner + ": there is a folder"), error.getMessage());
    error =
        assertThrows(UncheckedIOException.class, () -> AtomicFile.write(Path.of("/dev/full"), "x"));
    assertTrue(error.getMessage().contains("/dev/full: there is a device"), error.getMessage());
    assertEquals(List.of("inner", "pipe"), names());
  }

  @Test
  void write_throughALink_writesTheFileThatItLeadsTo() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "one");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a.txt"));
    AtomicFile.write(link, "two");
    assertEquals("two", Files.readString(file));
    assertTrue(Files.isSymbolicLink(link));
  }
}
