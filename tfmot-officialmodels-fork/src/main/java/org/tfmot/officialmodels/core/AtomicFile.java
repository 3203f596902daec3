package org.tfmot.officialmodels.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes small text files so that a crash leaves the old content or the new. */
final class AtomicFile {

  private AtomicFile() {}

  /**
   * Replaces a file's content, UTF-8.
   *
   * @throws UncheckedIOException if the file cannot be written; the message names it
   */
  static void write(Path file, String content) {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp-" + pid());
    try {
      Files.writeString(temporary, content);
      Files.move(
          temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }
}
