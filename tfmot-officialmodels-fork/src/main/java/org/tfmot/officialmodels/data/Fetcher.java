package org.tfmot.officialmodels.data;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.tfmot.officialmodels.data.PinnedFile.DamagedFileException;
import org.tfmot.officialmodels.progress.ProgressDisplay;
import org.tfmot.officialmodels.progress.ProgressUnit;

/** Brings a file into a folder, whole and checked or not at all. */
final class Fetcher {

  private static final System.Logger LOG = System.getLogger(Fetcher.class.getName());

  private Fetcher() {}

  /**
   * Fetches a source's file; one that arrives damaged is fetched once more. The caller holds the
   * folder's lock.
   *
   * @return the file, in {@code folder} and under its own name
   * @throws DamagedFileException if it arrived damaged twice
   * @throws IOException if the source cannot be reached, or the folder not written
   */
  static Path fetch(DataSource source, Path folder) throws IOException {
    PinnedFile file = source.file();
    Path part = folder.resolve(file.name() + ".part");
    try {
      return attempt(source, part);
    } catch (DamagedFileException e) {
      LOG.log(WARNING, "{0}; fetching it again", e.getMessage());
      return attempt(source, part);
    }
  }

  private static Path attempt(DataSource source, Path part) throws IOException {
    PinnedFile file = source.file();
    try (ProgressDisplay display =
        ProgressDisplay.standardError()
            .open(source.name(), ProgressUnit.MEGABYTES, 0, file.size())) {
      source.fetch(part, bytes -> display.update(bytes, ""));
    }
    try {
      file.check(part);
    } catch (DamagedFileException e) {
      Files.delete(part);
      source.forget(part); // Else the same damaged content may come again.
      throw e;
    }
    Path fetched =
        Files.move(
            part,
            part.resolveSibling(file.name()),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
    source.forget(part);
    return fetched;
  }
}
