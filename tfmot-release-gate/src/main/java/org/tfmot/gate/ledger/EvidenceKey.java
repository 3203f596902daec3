package org.tfmot.gate.ledger;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * Key of evidence: everything that a run depends on. Runs count only under the very same key: one
 * changed byte of a jar, a dataset or a claim is a new key without evidence.
 *
 * @param subjects the jars under test: file name to digest
 * @param example the bytecode of the convergence test
 * @param lock the resolved class path
 * @param datasets name to digest; empty if the test uses none
 * @param claims the claims that the test proves
 * @param hardware the class of machine, such as {@code linux-x86_64}
 * @param reproducer who makes these runs with seeds of their own; empty for the project's runs
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record EvidenceKey(
    SortedMap<String, Digest> subjects,
    Digest example,
    Digest lock,
    SortedMap<String, Digest> datasets,
    Digest claims,
    String hardware,
    String reproducer) {

  /** Copies the maps. */
  public EvidenceKey {
    subjects = Collections.unmodifiableSortedMap(new TreeMap<>(subjects));
    datasets = Collections.unmodifiableSortedMap(new TreeMap<>(datasets));
    if (subjects.isEmpty()) {
      throw new IllegalArgumentException("subjects is empty: evidence has to be about some jar");
    }
    if (hardware.isBlank()) {
      throw new IllegalArgumentException("hardware is blank: name the class of machine");
    }
  }

  /** The digest of the whole key; this is what runs are recorded under. */
  public Digest digest() {
    return Digest.ofJson(this);
  }

  /**
   * Returns what differs between this key and another, one entry for each part: {@code subject
   * a.jar changed}, {@code dataset cifar10 is new}.
   */
  public List<String> differences(EvidenceKey newer) {
    List<String> differences = new ArrayList<>();
    compare("subject", subjects, newer.subjects, differences);
    compare("example", example, newer.example, differences);
    compare("lock", lock, newer.lock, differences);
    compare("dataset", datasets, newer.datasets, differences);
    compare("claims", claims, newer.claims, differences);
    if (!hardware.equals(newer.hardware)) {
      differences.add("hardware changed from %s to %s".formatted(hardware, newer.hardware));
    }
    if (!reproducer.equals(newer.reproducer)) {
      differences.add(
          "those runs were made by " + (reproducer.isEmpty() ? "the project" : reproducer));
    }
    return differences;
  }

  private static void compare(String what, Digest before, Digest after, List<String> differences) {
    if (!before.equals(after)) {
      differences.add(what + " changed");
    }
  }

  private static void compare(
      String what,
      SortedMap<String, Digest> before,
      SortedMap<String, Digest> after,
      List<String> differences) {
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      Digest old = before.get(name);
      Digest now = after.get(name);
      if (old == null) {
        differences.add("%s %s is new".formatted(what, name));
      } else if (now == null) {
        differences.add("%s %s is gone".formatted(what, name));
      } else {
        compare(what + " " + name, old, now, differences);
      }
    }
  }
}
