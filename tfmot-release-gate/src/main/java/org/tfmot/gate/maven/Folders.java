package org.tfmot.gate.maven;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apiguardian.api.API;

/** Folders that goals make again each time. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Folders {

  private Folders() {}

  /** Deletes a folder, if it is there. */
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
