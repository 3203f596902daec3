package org.tfmot.gate.run;

import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * The environment variables that a run sees: those without which programs do not start, and those
 * that the project names. Evidence that was made under any other would not hold without it.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RunEnvironment {

  /**
   * Variables that locate programs, homes, caches and temporary files, and tell how text is
   * encoded.
   */
  private static final String NEEDED =
      "PATH|HOME|USER|LOGNAME|TMPDIR|TMP|TEMP|LANG|LC_[A-Z]+|XDG_CACHE_HOME"
          + "|(?i:Path|SystemRoot|SystemDrive|windir|ComSpec|PathExt|UserProfile|UserName"
          + "|LocalAppData|AppData|ProgramData)"
          + "|(?i:(http|https|no)_proxy)";

  private RunEnvironment() {}

  /**
   * Takes everything else out of an environment, and adds what the project names.
   *
   * @param environment of a process to be, which is changed
   * @param named variables of the project
   */
  public static void limit(Map<String, String> environment, Map<String, String> named) {
    environment.keySet().removeIf(name -> !name.matches(NEEDED));
    environment.putAll(named);
  }

  /**
   * Returns the present values of some variables; those that are not set are left out.
   *
   * @param names of variables
   */
  public static Map<String, String> named(Iterable<String> names) {
    Map<String, String> values = new TreeMap<>();
    for (String name : names) {
      String value = System.getenv(name);
      if (value != null) {
        values.put(name, value);
      }
    }
    return values;
  }
}
