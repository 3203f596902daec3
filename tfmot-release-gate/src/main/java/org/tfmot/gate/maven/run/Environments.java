package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.engine.EvidenceKeys;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.run.GateLock;

/**
 * Environments of runs, one file for each key of the ledger: the key says that something differs,
 * this says what.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Environments(Path folder) {

  private static final int DIGITS = 16;

  /**
   * An environment.
   *
   * @param key what the runs are evidence about
   * @param lock their class path, file by file
   * @param machine what is known of JVM and system, by name
   */
  public record Environment(EvidenceKey key, GateLock lock, SortedMap<String, String> machine) {

    /** Returns what is different in a newer environment, a line for each thing. */
    public List<String> differences(Environment newer) {
      List<String> lines = new ArrayList<>(key.differences(newer.key));
      compare("class path: ", artifacts(lock), artifacts(newer.lock), lines);
      compare("", machine, newer.machine, lines);
      return lines;
    }

    private static SortedMap<String, String> artifacts(GateLock lock) {
      SortedMap<String, String> artifacts = new TreeMap<>();
      lock.artifacts()
          .forEach(
              a ->
                  artifacts.put(
                      "%s:%s:%s".formatted(a.groupId(), a.artifactId(), a.classifier()),
                      a.version() + " " + a.digest()));
      return artifacts;
    }

    private static void compare(
        String what,
        SortedMap<String, String> before,
        SortedMap<String, String> after,
        List<String> lines) {
      SortedMap<String, String> all = new TreeMap<>(before);
      all.putAll(after);
      for (String name : all.keySet()) {
        String old = before.getOrDefault(name, "nothing");
        String now = after.getOrDefault(name, "nothing");
        if (!old.equals(now)) {
          lines.add("%s%s was %s, is %s".formatted(what, name, old, now));
        }
      }
    }
  }

  public static Environments of(Path folder) {
    return new Environments(folder);
  }

  /** Writes down the present environment for every test's key, unless that is there already. */
  public void keep(GateSpec spec, GateLock lock, List<String> jvmOptions) throws IOException {
    EvidenceKeys keys = EvidenceKeys.of(spec);
    for (GateTest test : spec.tests()) {
      EvidenceKey key = keys.key(test.name());
      Path file = file(key.digest());
      if (!Files.exists(file)) {
        Json.write(file, present(key, lock, jvmOptions));
      }
    }
  }

  /** The environment of this build, for a key; nothing is written. */
  public static Environment present(EvidenceKey key, GateLock lock, List<String> jvmOptions) {
    return new Environment(key, lock, machine(jvmOptions));
  }

  /** The environment of a key; empty if its runs were made elsewhere. */
  public Optional<Environment> find(Digest key) throws IOException {
    Path file = file(key);
    return Files.exists(file) ? Optional.of(Json.read(file, Environment.class)) : Optional.empty();
  }

  /** Explains why {@link #find} finds nothing. */
  public String missing(Digest key) {
    return "%s does not exist".formatted(file(key));
  }

  private Path file(Digest key) {
    return folder.resolve(key.hex().substring(0, DIGITS) + ".json");
  }

  private static SortedMap<String, String> machine(List<String> jvmOptions) {
    SortedMap<String, String> machine = new TreeMap<>();
    for (String name :
        List.of("java.vm.name", "java.runtime.version", "os.name", "os.version", "os.arch")) {
      machine.put(name, System.getProperty(name, ""));
    }
    machine.put("jvm options", String.join(" ", jvmOptions));
    machine.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("locale", Locale.getDefault().toLanguageTag());
    return machine;
  }
}
