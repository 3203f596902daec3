package org.tfmot.gate.engine;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;

/**
 * All that a gate decides about, and from.
 *
 * @param techniques every claim of theirs must pass
 * @param tests the convergence tests that there are
 * @param subjects the jars under test: file name to digest
 * @param lock digest of the locked class path
 * @param datasets name to digest; may be empty
 * @param hardware the class of machine, such as {@code linux-x86_64}
 * @param reproducer who runs the gate with seeds of their own; empty for the project's own gate
 * @param ledger the file with the evidence; made if missing
 * @param output the folder that the runs are kept in
 * @param options how to run it
 * @param build its classes and conditions, so that evidence outlives changes that do not matter;
 *     null for evidence about whole files
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateSpec(
    List<TechniqueDescriptor> techniques,
    List<GateTest> tests,
    SortedMap<String, Digest> subjects,
    Digest lock,
    SortedMap<String, Digest> datasets,
    String hardware,
    String reproducer,
    Path ledger,
    Path output,
    GateOptions options,
    @Nullable PresentBuild build) {

  /** A spec whose evidence is about whole files. */
  public GateSpec(
      List<TechniqueDescriptor> techniques,
      List<GateTest> tests,
      SortedMap<String, Digest> subjects,
      Digest lock,
      SortedMap<String, Digest> datasets,
      String hardware,
      String reproducer,
      Path ledger,
      Path output,
      GateOptions options) {
    this(
        techniques,
        tests,
        subjects,
        lock,
        datasets,
        hardware,
        reproducer,
        ledger,
        output,
        options,
        null);
  }

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if there is no claim or no subject, or a technique or test is
   *     there twice
   */
  public GateSpec {
    techniques = List.copyOf(techniques);
    tests = List.copyOf(tests);
    subjects = Collections.unmodifiableSortedMap(new TreeMap<>(subjects));
    datasets = Collections.unmodifiableSortedMap(new TreeMap<>(datasets));
    requireOnce("technique", techniques.stream().map(TechniqueDescriptor::technique).toList());
    requireOnce("test", tests.stream().map(GateTest::name).toList());
    if (techniques.isEmpty()) {
      throw new IllegalArgumentException(
          "no technique is described: a gate without claims would let anything pass");
    }
    if (subjects.isEmpty()) {
      throw new IllegalArgumentException("subjects is empty: evidence has to be about some jar");
    }
  }

  private static void requireOnce(String what, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException("the %s %s is there twice".formatted(what, name));
      }
    }
  }

  /**
   * Returns the key that this build would begin for a test; {@link EvidenceKeys} says under which
   * one its runs are evidence.
   */
  public EvidenceKey key(GateTest test) {
    return key(test, Suite.claimsOf(techniques, test.name()));
  }

  private EvidenceKey key(GateTest test, Digest claims) {
    return new EvidenceKey(
        subjects,
        test.example(),
        lock,
        datasets,
        claims,
        hardware,
        reproducer,
        build == null ? null : build.conditions(),
        null);
  }

  /** Returns the keys that this build would begin, by test; of tests that prove a claim. */
  Map<String, EvidenceKey> ownKeys() {
    Map<String, Digest> claims = Suite.claimsByTest(techniques);
    Map<String, EvidenceKey> keys = new TreeMap<>();
    for (GateTest test : tests) {
      Digest own = claims.get(test.name());
      if (own != null) {
        keys.put(test.name(), key(test, own));
      }
    }
    return keys;
  }

  /**
   * Returns the test with a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  GateTest test(String name) {
    return tests.stream()
        .filter(test -> test.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no test " + name));
  }

  /** The same with other options. */
  public GateSpec with(GateOptions other) {
    return with(other, build);
  }

  /** The same, where evidence outlives changes that do not matter. */
  public GateSpec with(PresentBuild present) {
    return with(options, present);
  }

  private GateSpec with(GateOptions other, @Nullable PresentBuild present) {
    return new GateSpec(
        techniques,
        tests,
        subjects,
        lock,
        datasets,
        hardware,
        reproducer,
        ledger,
        output,
        other,
        present);
  }
}
