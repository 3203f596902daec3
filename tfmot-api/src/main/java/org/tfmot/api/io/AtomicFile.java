package org.tfmot.api.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Replaces files so that readers find the old content or the new, never a part of either: after a
 * crash, beside other writers, and if the disk is full.
 *
 * <p>Content goes to a temporary file in the same folder first. Only one at a time writes under a
 * path ({@code .name.tfmot-lock} is there meanwhile), so any other temporary file of it is one that
 * a dead process has left, and is removed.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class AtomicFile {

  /** Stands between a file's name and a number; older versions ended with the process's. */
  private static final String TEMPORARY = ".tmp-";

  private static final Pattern SUFFIX =
      Pattern.compile("\\.tmp-(\\d+|\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12})(\\..*)?");

  private AtomicFile() {}

  /** Writes content to a stream, which it need not close. */
  @FunctionalInterface
  public interface Content {
    /** Writes it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Replaces a file's content by text, UTF-8.
   *
   * @throws UncheckedIOException if the file cannot be written; the message names it
   */
  public static void write(Path file, String content) {
    write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Replaces a file's content.
   *
   * @throws UncheckedIOException if the file cannot be written; the message names it
   */
  public static void write(Path file, byte[] content) {
    write(file, out -> out.write(content));
  }

  /**
   * Replaces a file's content.
   *
   * @param file its folder must exist; of a symbolic link, the file that it leads to
   * @throws UncheckedIOException if the file cannot be written, for example because the disk is
   *     full; the message names the file and the reason. The old content is still there then
   */
  public static void write(Path file, Content content) {
    try {
      requireFile(file);
      replace(Files.isSymbolicLink(file) ? file.toRealPath() : file, content);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + reason(e), e);
    }
  }

  private static void replace(Path file, Content content) throws IOException {
    try (PathLock lock = PathLock.acquire(file)) {
      sweep(file);
      Path temporary = temporary(file);
      try {
        try (OutputStream out =
            new BufferedOutputStream(
                Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW))) {
          content.writeTo(out);
        }
        replace(temporary, file);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /**
   * Verifies that a path is free, or that of a file: a device or a pipe would be replaced by one.
   *
   * @throws IOException naming what is there
   */
  public static void requireFile(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new IOException(
          "there is a %s of that name, which a file does not replace: give another path"
              .formatted(Files.isDirectory(path) ? "folder" : "device or pipe"));
    }
  }

  /** Returns a path beside another one that nobody else uses. */
  public static Path temporary(Path path) {
    return path.resolveSibling(path.getFileName() + TEMPORARY + UUID.randomUUID());
  }

  /** Moves a file over another one. */
  public static void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes the temporary files of a path that dead processes left; takes the path's lock. */
  public static void sweep(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (isTemporary(file, path)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Returns the reason in words: some exceptions carry no more than a path. */
  public static String reason(Throwable e) {
    String message = e.getMessage();
    return e.getClass() == IOException.class && message != null ? message : e.toString();
  }

  /** Returns whether a path has a name that {@link #temporary} gives for another one. */
  static boolean isTemporary(Path file, Path path) {
    String name = String.valueOf(path.getFileName());
    String other = String.valueOf(file.getFileName());
    return other.startsWith(name) && SUFFIX.matcher(other.substring(name.length())).matches();
  }
}
