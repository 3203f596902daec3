package org.tfmot.gate.engine;

import java.nio.file.Path;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/** Folders in which runs are kept. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class RunFolders {

  private static final int KEY_DIGITS = 16;

  private RunFolders() {}

  /**
   * The folder of a run: {@code runs/<test>/<key>/<number>} under the output folder.
   *
   * @param test the test's name; what no file name may hold becomes {@code _}
   */
  public static Path of(Path output, String test, Digest key, int index) {
    return output
        .resolve("runs")
        .resolve(test.replaceAll("[^A-Za-z0-9._-]", "_"))
        .resolve(key.hex().substring(0, KEY_DIGITS))
        .resolve(Integer.toString(index));
  }

  /** The reports of a run, as its runner wrote them. */
  public static Path curves(Path folder) {
    return folder.resolve("curves.jsonl");
  }
}
