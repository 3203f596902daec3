package org.tfmot.officialmodels.data;

import com.google.common.base.Strings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The folder that data sets are looked for in and kept in, one subfolder for each. It is created
 * when something is first written.
 *
 * @param root the folder
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record DataDirectory(Path root) {

  /** The environment variable that names the folder. */
  public static final String VARIABLE = "TFMOT_DATA_DIR";

  /** Makes the path absolute. */
  public DataDirectory {
    root = root.toAbsolutePath().normalize();
  }

  /**
   * The folder that {@code $TFMOT_DATA_DIR} names; without it, {@code tfmot} in the user's cache
   * folder: {@code $XDG_CACHE_HOME} or {@code ~/.cache} on Linux, {@code ~/Library/Caches} on
   * macOS, {@code %LOCALAPPDATA%} on Windows.
   */
  public static DataDirectory standard() {
    return standard(
        System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", "."));
  }

  static DataDirectory standard(Map<String, String> environment, String system, String home) {
    String named = environment.get(VARIABLE);
    if (!Strings.isNullOrEmpty(named)) {
      return new DataDirectory(Path.of(named));
    }
    String os = system.toLowerCase(Locale.ROOT);
    Path cache;
    if (os.startsWith("windows")) {
      cache = folder(environment, "LOCALAPPDATA", Path.of(home, "AppData", "Local"));
    } else if (os.startsWith("mac")) {
      cache = Path.of(home, "Library", "Caches");
    } else {
      cache = folder(environment, "XDG_CACHE_HOME", Path.of(home, ".cache"));
    }
    return new DataDirectory(cache.resolve("tfmot"));
  }

  /** The folder of one data set. */
  Path of(String dataSet) {
    return root.resolve(dataSet);
  }

  /** The XDG rules say that a relative path in a variable is to be ignored. */
  private static Path folder(Map<String, String> environment, String variable, Path otherwise) {
    String value = environment.get(variable);
    boolean usable = !Strings.isNullOrEmpty(value) && Path.of(value).isAbsolute();
    return usable ? Path.of(value) : otherwise;
  }
}
