package org.tfmot.api.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {

  private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";

  @TempDir private Path parent;

  private Path folder;

  @BeforeEach
  void name() {
    folder = parent.resolve("12");
  }

  @Test
  void write_replacesAllFilesAndLeavesNothingElse() throws IOException {
    AtomicFolder.write(folder, new OneFile("a", "old"));
    AtomicFolder.write(folder, new OneFile("b", "new"));
    assertEquals(List.of("12"), names(parent));
    assertEquals(List.of("b"), names(folder));
  }

  @Test
  void write_createsTheFoldersAbove() throws IOException {
    Path below = folder.resolve("13/14");
    AtomicFolder.write(below, new OneFile("a", "x"));
    assertEquals("x", Files.readString(below.resolve("a")));
  }

  @Test
  void folder_hasThePermissionsOfAnyNewFolder() throws IOException {
    Path any = Files.createDirectory(parent.resolve("any"));
    assumeTrue(Files.getFileStore(any).supportsFileAttributeView("posix"), "no permissions here");
    AtomicFolder.write(folder, new OneFile("a", "x"));
    assertEquals(Files.getPosixFilePermissions(any), Files.getPosixFilePermissions(folder));
  }

  @Test
  void write_ofAFullDisk_namesFolderAndReasonAndKeepsTheOldContent() throws IOException {
    AtomicFolder.write(folder, new OneFile("a", "old"));
    IOException full = new IOException("No space left on device");
    for (Exception wrapped : List.of(full, new UncheckedIOException("cannot write x", full))) {
      AtomicFolder.Content content =
          fresh -> {
            new OneFile("a", "new").writeTo(fresh);
            if (wrapped instanceof IOException checked) {
              throw checked;
            }
            throw (UncheckedIOException) wrapped;
          };
      var e = assertThrows(UncheckedIOException.class, () -> AtomicFolder.write(folder, content));
      assertEquals("cannot write " + folder + ": No space left on device", e.getMessage());
      assertSame(full, e.getCause());
      assertEquals("old", Files.readString(folder.resolve("a")));
      assertEquals(List.of("12"), names(parent));
    }
  }

  @Test
  void otherErrorsOfTheContent_keepTheOldContent() throws IOException {
    AtomicFolder.write(folder, new OneFile("a", "old"));
    IllegalArgumentException refusal = new IllegalArgumentException("no such format");
    assertSame(
        refusal,
        assertThrows(
            IllegalArgumentException.class,
            () ->
                AtomicFolder.write(
                    folder,
                    fresh -> {
                      throw refusal;
                    })));
    assertEquals("old", Files.readString(folder.resolve("a")));
    assertEquals(List.of("12"), names(parent));
  }

  @Test
  void write_removesWhatDeadProcessesLeft_andNothingElse() throws IOException {
    new OneFile("a", "half").writeTo(parent.resolve("12.tmp-" + UUID));
    new OneFile("a", "other").writeTo(parent.resolve("13.tmp-" + UUID));
    AtomicFolder.write(folder, new OneFile("a", "x"));
    assertEquals(List.of("12", "13.tmp-" + UUID), names(parent));
  }

  @Test
  void processThatDiedBetweenTheMoves_losesNothing() throws IOException {
    new OneFile("a", "old").writeTo(parent.resolve("12.tmp-" + UUID + ".old"));
    new OneFile("a", "new").writeTo(parent.resolve("12.tmp-" + UUID));
    AtomicFolder.Content failing =
        fresh -> {
          throw new IOException("No space left on device");
        };
    assertThrows(UncheckedIOException.class, () -> AtomicFolder.write(folder, failing));
    assertEquals("old", Files.readString(folder.resolve("a")));
    assertEquals(List.of("12"), names(parent));
  }

  @Test
  void processThatDiedAfterTheMoves_leavesTheNewFolder() throws IOException {
    new OneFile("a", "old").writeTo(parent.resolve("12.tmp-" + UUID + ".old"));
    new OneFile("a", "new").writeTo(folder);
    AtomicFolder.Content failing =
        fresh -> {
          throw new IOException("No space left on device");
        };
    assertThrows(UncheckedIOException.class, () -> AtomicFolder.write(folder, failing));
    assertEquals("new", Files.readString(folder.resolve("a")));
    assertEquals(List.of("12"), names(parent));
  }

  /** Writes one file. */
  private record OneFile(String name, String text) implements AtomicFolder.Content {
    @Override
    public void writeTo(Path folder) throws IOException {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(name), text);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void write_overAFile_isRefusedAndLeavesIt() throws IOException {
    Path file = parent.resolve("file");
    Files.writeString(file, "x");
    var error =
        assertThrows(UncheckedIOException.class, () -> AtomicFolder.write(file, fresh -> {}));
    assertTrue(error.getMessage().contains(file + ": there is a file"), error.getMessage());
    assertEquals("x", Files.readString(file));
  }
}
