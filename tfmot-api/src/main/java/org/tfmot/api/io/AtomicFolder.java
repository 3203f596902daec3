package org.tfmot.api.io;

import com.google.common.base.Throwables;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Replaces folders as {@link AtomicFile} replaces files: a folder has all its files or does not
 * exist. Files are written to a temporary folder beside it, with the permissions of any new folder.
 *
 * <p>No file system swaps two folders in one step: the old folder is moved aside before the new one
 * takes its name, and deleted after. A process that dies between the two moves leaves both; the
 * next write puts the old one back before it begins.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class AtomicFolder {

  /** Ends the name of an old folder that was moved aside. */
  private static final String ASIDE = ".old";

  private AtomicFolder() {}

  /** Writes files into a folder. */
  @FunctionalInterface
  public interface Content {
    /** Writes them into an empty folder. */
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Replaces a folder and all that is in it.
   *
   * @param folder created if there is none, with the folders above it
   * @throws UncheckedIOException if it cannot be written, for example because the disk is full; the
   *     message names the folder and the reason. The old content is still there then
   */
  public static void write(Path folder, Content content) {
    Path target = folder.toAbsolutePath();
    try {
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try (PathLock lock = PathLock.acquire(target)) {
        recover(target);
        if (Files.exists(target) && !Files.isDirectory(target)) {
          throw new IOException(
              "there is a file of that name, which a folder does not replace: give another path");
        }
        try (Cleanup cleanup = () -> recover(target)) {
          Path fresh = Files.createDirectory(AtomicFile.temporary(target));
          content.writeTo(fresh);
          replace(fresh, target);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      Throwable root = Throwables.getRootCause(e);
      throw new UncheckedIOException(
          "cannot write " + folder + ": " + AtomicFile.reason(root),
          e instanceof UncheckedIOException unchecked ? unchecked.getCause() : (IOException) e);
    }
  }

  private interface Cleanup extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private static void replace(Path fresh, Path target) throws IOException {
    if (Files.exists(target)) {
      Path aside = fresh.resolveSibling(fresh.getFileName() + ASIDE);
      Files.move(target, aside, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Puts an old folder back whose new one did not come, and deletes all else of other writes. */
  private static void recover(Path target) throws IOException {
    for (Path left : leftovers(target)) {
      if (left.toString().endsWith(ASIDE) && !Files.exists(target)) {
        Files.move(left, target, StandardCopyOption.ATOMIC_MOVE);
      } else {
        MoreFiles.deleteRecursively(left, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
  }

  private static List<Path> leftovers(Path target) throws IOException {
    List<Path> left = new ArrayList<>();
    try (Stream<Path> files = Files.list(target.resolveSibling(""))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (AtomicFile.isTemporary(file, target)) {
          left.add(file);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return left;
  }
}
