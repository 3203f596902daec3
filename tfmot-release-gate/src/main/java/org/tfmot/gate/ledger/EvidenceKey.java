package org.tfmot.gate.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;

/**
 * Key of evidence: what a build has when its first run begins. A key without conditions is that of
 * whole files: its runs count only while each of its parts is the very same. Under one with
 * conditions, a later build goes on if all the rest is the same and its jars have everything that
 * the runs depended on; subjects, example and lock then say what there was at the beginning.
 *
 * @param subjects the jars under test: file name to digest
 * @param example the bytecode of the convergence test
 * @param lock the resolved class path
 * @param datasets name to digest; empty if the test uses none
 * @param claims the claims that the test proves
 * @param hardware the class of machine, such as {@code linux-x86_64}
 * @param reproducer who makes these runs with seeds of their own; empty for the project's runs
 * @param conditions what every run depends on besides, by name: the JDK and its options, the locked
 *     jars, variables; null for a key of whole files
 * @param renewal how often this key was begun again, for its own jars did not have what later runs
 *     depended on; null for the first time
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record EvidenceKey(
    SortedMap<String, Digest> subjects,
    Digest example,
    Digest lock,
    SortedMap<String, Digest> datasets,
    Digest claims,
    String hardware,
    String reproducer,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SortedMap<String, Digest> conditions,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer renewal) {

  private static final String SUBJECT = "subject ";

  /** Name of the example among {@link #files}. */
  public static final String EXAMPLE = "example";

  private static final String LOCK = "lock";

  /** A key of whole files. */
  public EvidenceKey(
      SortedMap<String, Digest> subjects,
      Digest example,
      Digest lock,
      SortedMap<String, Digest> datasets,
      Digest claims,
      String hardware,
      String reproducer) {
    this(subjects, example, lock, datasets, claims, hardware, reproducer, null, null);
  }

  /** Copies the maps. */
  public EvidenceKey {
    subjects = Collections.unmodifiableSortedMap(new TreeMap<>(subjects));
    datasets = Collections.unmodifiableSortedMap(new TreeMap<>(datasets));
    conditions =
        conditions == null ? null : Collections.unmodifiableSortedMap(new TreeMap<>(conditions));
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

  /** Returns the same, begun once more. */
  public EvidenceKey renewed() {
    return new EvidenceKey(
        subjects,
        example,
        lock,
        datasets,
        claims,
        hardware,
        reproducer,
        conditions,
        renewal == null ? 2 : renewal + 1);
  }

  /** Returns the files that a run depends on of which nothing less is known, by name. */
  public SortedMap<String, Digest> files() {
    return files(subjects, example, lock);
  }

  /** Returns the parts of a key that are whole files, by name. */
  public static SortedMap<String, Digest> files(
      SortedMap<String, Digest> subjects, Digest example, Digest lock) {
    SortedMap<String, Digest> files = new TreeMap<>();
    subjects.forEach((name, digest) -> files.put(SUBJECT + name, digest));
    files.put(EXAMPLE, example);
    files.put(LOCK, lock);
    return files;
  }

  /**
   * Returns what differs between this key and another, one entry for each part: {@code subject
   * a.jar changed}, {@code dataset cifar10 is new}.
   */
  public List<String> differences(EvidenceKey newer) {
    List<String> differences = new ArrayList<>();
    compare(SUBJECT, subjects, newer.subjects, differences);
    compare(EXAMPLE, example, newer.example, differences);
    compare(LOCK, lock, newer.lock, differences);
    differences.addAll(otherConditions(newer));
    return differences;
  }

  /** Returns what differs between this key and another besides files of the build. */
  public List<String> otherConditions(EvidenceKey newer) {
    List<String> differences = new ArrayList<>();
    compare("dataset ", datasets, newer.datasets, differences);
    compare("claims", claims, newer.claims, differences);
    if (!hardware.equals(newer.hardware)) {
      differences.add("hardware changed from %s to %s".formatted(hardware, newer.hardware));
    }
    if (!reproducer.equals(newer.reproducer)) {
      differences.add(
          "those runs were made by " + (reproducer.isEmpty() ? "the project" : reproducer));
    }
    if (conditions == null && newer.conditions != null) {
      differences.add("what those runs loaded was not recorded");
    } else {
      compare("", map(conditions), map(newer.conditions), differences);
    }
    return differences;
  }

  private static SortedMap<String, Digest> map(@Nullable SortedMap<String, Digest> conditions) {
    return conditions == null ? new TreeMap<>() : conditions;
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
        differences.add("%s%s is new".formatted(what, name));
      } else if (now == null) {
        differences.add("%s%s is gone".formatted(what, name));
      } else {
        compare(what + name, old, now, differences);
      }
    }
  }
}
