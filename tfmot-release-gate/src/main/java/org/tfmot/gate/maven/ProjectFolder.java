package org.tfmot.gate.maven;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apiguardian.api.API;

/**
 * The folder of a whole project, as its files tell it. Maven's own {@code
 * maven.multiModuleProjectDirectory} is a property and an environment variable: who starts the
 * build sets it, and another folder would hold other keys.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ProjectFolder {

  private ProjectFolder() {}

  /**
   * Returns the nearest folder with {@code .mvn}, from a folder upward; the folder itself if there
   * is none.
   *
   * @param start where the build, or a file of it, is
   */
  public static Path of(Path start) {
    Path own = start.toAbsolutePath().normalize();
    for (Path folder = own; folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve(".mvn"))) {
        return folder;
      }
    }
    return own;
  }
}
