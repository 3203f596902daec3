package org.tfmot.officialmodels.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** Reads the files of a tar archive that is compressed with gzip. */
final class TarGz {

  private TarGz() {}

  /** Is given each file of an archive. */
  interface Visitor {
    /**
     * Takes one file.
     *
     * @param name its name without the folders
     * @param content its bytes, to be read or left; not to be closed
     */
    void visit(String name, InputStream content) throws IOException;
  }

  /** Visits the regular files in the order of the archive. */
  static void forEachFile(Path archive, Visitor visitor) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
        TarArchiveInputStream tar =
            new TarArchiveInputStream(new GzipCompressorInputStream(file))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile()) {
          String path = entry.getName();
          visitor.visit(path.substring(path.lastIndexOf('/') + 1), tar);
        }
      }
    }
  }
}
