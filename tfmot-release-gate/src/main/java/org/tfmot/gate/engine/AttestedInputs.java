package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.dependency.Dependencies;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;

/**
 * Inputs of runs besides the released files, as an attestation names them. A verifier has the
 * released files alone, and compares the rest with what the release job found.
 */
final class AttestedInputs {

  private static final String CLASS_PATH = "class path";

  private AttestedInputs() {}

  /** Returns the names of what a build has. */
  static SortedMap<String, Digest> of(
      Digest lock,
      SortedMap<String, Digest> datasets,
      @Nullable SortedMap<String, Digest> conditions) {
    SortedMap<String, Digest> inputs = new TreeMap<>();
    inputs.put(CLASS_PATH, lock);
    datasets.forEach((name, digest) -> inputs.put("dataset " + name, digest));
    if (conditions != null) {
      inputs.putAll(conditions);
    }
    return inputs;
  }

  /** Returns the name of what the runs of a test depended on in jars that are not released. */
  static String unreleased(String test) {
    return "not released, of " + test;
  }

  /** Returns what runs depended on in jars that are not released; null if that is nothing. */
  static @Nullable Digest unreleased(List<Dependencies> runs) {
    TreeSet<String> parts = new TreeSet<>();
    for (Dependencies run : runs) {
      run.unreleased().forEach(jar -> parts.add(Digest.ofJson(jar).value()));
    }
    return parts.isEmpty() ? null : Digest.ofJson(parts);
  }

  /** Returns whether a key of whole files is about what was attested. */
  static boolean areThose(EvidenceKey key, SortedMap<String, Digest> attested) {
    return of(key.lock(), key.datasets(), null).equals(attested);
  }

  /**
   * Returns what of a key's conditions is not what was attested, in a few words each.
   *
   * @param key of runs that a later build may have gone on with
   */
  static List<String> differences(EvidenceKey key, SortedMap<String, Digest> attested) {
    List<String> differences = new ArrayList<>();
    SortedMap<String, Digest> own = of(key.lock(), key.datasets(), key.conditions());
    own.forEach(
        (name, digest) -> {
          if (!name.equals(CLASS_PATH) && !digest.equals(attested.get(name))) {
            differences.add("%s was another".formatted(name));
          }
        });
    attested.keySet().stream()
        .filter(name -> name.startsWith("dataset ") && !own.containsKey(name))
        .forEach(name -> differences.add("%s is new".formatted(name)));
    return differences;
  }

  /** Returns the class path that was attested. */
  static @Nullable Digest classPath(SortedMap<String, Digest> attested) {
    return attested.get(CLASS_PATH);
  }
}
