package org.tfmot.officialmodels.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder that a run writes to. */
final class ModelFolder {

  private ModelFolder() {}

  /**
   * Creates the folder and tries to write to it: better before hours of training than after.
   *
   * @throws UncheckedIOException if it cannot be created or written; the message names it
   */
  static Path prepare(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".writable", null));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write to the model folder %s (model_dir): choose another or change its rights"
              .formatted(folder),
          e);
    }
  }
}
