package org.tfmot.officialmodels.data;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A published file whose content is known before it is fetched.
 *
 * @param name the file's name, without a folder
 * @param size its length in bytes
 * @param sha256 its SHA-256, 64 lower-case hexadecimal digits
 */
record PinnedFile(String name, long size, String sha256) {

  PinnedFile {
    checkArgument(sha256.matches("[0-9a-f]{64}"), "not a SHA-256: \"%s\"", sha256);
    checkArgument(size > 0, "%s must have a positive size, not %s", name, size);
  }

  /**
   * Reads the whole file and compares.
   *
   * @throws DamagedFileException if it is another content
   * @throws IOException if it cannot be read
   */
  void check(Path file) throws IOException {
    // The cheap question first; it also tells a truncated file from an altered one.
    long actualSize = Files.size(file);
    if (actualSize != size) {
      throw new DamagedFileException(
          String.format(Locale.ROOT, "%s has %,d bytes instead of %,d", file, actualSize, size));
    }
    String actual = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    if (!actual.equals(sha256)) {
      throw new DamagedFileException(
          "%s has the SHA-256 %s instead of %s".formatted(file, actual, sha256));
    }
  }

  /** A file is not what was published. */
  static final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedFileException(String message) {
      super(message);
    }
  }
}
