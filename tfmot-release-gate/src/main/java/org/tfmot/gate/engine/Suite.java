package org.tfmot.gate.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Coverage;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;

/** A spec worked out: claims, the tests that prove them, and the keys of their evidence. */
final class Suite {

  private final GateSpec spec;
  private final Register register;
  private final List<String> coverage;
  private final SortedMap<String, GateTest> tests = new TreeMap<>();
  private final Map<String, Digest> digests = new HashMap<>();
  private @Nullable EvidenceKeys keys;
  private final Map<String, List<Member>> proven = new HashMap<>();
  private final SortedSet<String> shard;
  private final Set<String> whole = new HashSet<>();
  private @Nullable Map<String, String> collapses;
  private @Nullable Tries tries;

  Suite(GateSpec spec) {
    this.spec = spec;
    register = Register.of(spec.techniques(), spec.options().policy());
    Map<String, SortedSet<String>> named = new TreeMap<>();
    spec.tests().forEach(test -> named.put(test.name(), test.claimIds()));
    List<String> problems = new ArrayList<>(Coverage.problems(spec.techniques(), named));
    problems.addAll(missingTechniques(spec));
    coverage = List.copyOf(problems);
    Set<String> claimed = claimsByTest(spec.techniques()).keySet();
    spec.tests().stream()
        .filter(test -> claimed.contains(test.name()))
        .forEach(test -> tests.put(test.name(), test));
    for (Member member : register.members().values()) {
      GateTest test = testOf(member.claim());
      if (test != null && member.rule() != null) {
        proven.computeIfAbsent(test.name(), name -> new ArrayList<>()).add(member);
      }
    }
    shard = Shards.of(spec.options().shard(), proven.keySet());
  }

  private static List<String> missingTechniques(GateSpec spec) {
    List<String> found = spec.techniques().stream().map(TechniqueDescriptor::technique).toList();
    return spec.options().policy().requiredTechniques().stream()
        .filter(technique -> !found.contains(technique))
        .map(
            technique ->
                "the policy requires the claims of %s, and no jar of this build states them"
                    .formatted(technique))
        .toList();
  }

  /**
   * Digests the claims of a test for its key: all of them, so that a change of one voids the
   * evidence that it shares with the others.
   */
  static Digest claimsOf(Collection<TechniqueDescriptor> techniques, String test) {
    return claimsByTest(techniques).getOrDefault(test, Digest.ofJson(List.of()));
  }

  /** Returns the digests of the claims of each test, in one walk. */
  static Map<String, Digest> claimsByTest(Collection<TechniqueDescriptor> techniques) {
    Map<String, List<Digest>> claims = new TreeMap<>();
    for (TechniqueDescriptor technique : techniques) {
      for (Claim claim : technique.claims()) {
        claims.computeIfAbsent(claim.test(), test -> new ArrayList<>()).add(claim.digest());
      }
    }
    Map<String, Digest> digests = new HashMap<>();
    claims.forEach(
        (test, list) -> digests.put(test, Digest.ofJson(list.stream().sorted().toList())));
    return digests;
  }

  GateSpec spec() {
    return spec;
  }

  Register register() {
    return register;
  }

  List<String> coverage() {
    return coverage;
  }

  /** The test that proves a claim and says so; null if there is none. */
  @Nullable GateTest testOf(Claim claim) {
    GateTest test = tests.get(claim.test());
    return test != null && test.claimIds().contains(claim.id()) ? test : null;
  }

  GateTest test(String name) {
    GateTest test = tests.get(name);
    if (test == null) {
      throw new IllegalArgumentException("there is no test " + name);
    }
    return test;
  }

  /** The tests that prove a claim, by name. */
  List<String> provingTests() {
    return proven.keySet().stream().sorted().toList();
  }

  boolean inShard(String test) {
    return shard.contains(test);
  }

  /** Finds the keys under which the runs of this build are evidence, by a ledger as it is now. */
  Suite on(Ledger ledger) throws IOException {
    keys = EvidenceKeys.of(spec, ledger);
    digests.clear();
    return this;
  }

  /** Returns the keys of this build. */
  EvidenceKeys keys() {
    if (keys == null) {
      throw new IllegalStateException("keys of evidence are found by a ledger");
    }
    return keys;
  }

  Digest keyDigest(String test) {
    return digests.computeIfAbsent(test, name -> keys().key(name).digest());
  }

  /** The registered claims that a test proves. */
  List<Member> members(String test) {
    return proven.getOrDefault(test, List.of());
  }

  /** Returns the standings of a test's claims. */
  List<Standing> standings(String test, Ledger ledger) {
    List<Standing> standings = new ArrayList<>();
    for (Member member : members(test)) {
      if (member.rule() != null) {
        standings.add(standing(member.rule(), keyDigest(test), ledger));
      }
    }
    return standings;
  }

  /**
   * Returns the standing of a claim; collapses and tries under other keys are those of the first
   * ledger asked about.
   */
  Standing standing(ClaimRule rule, Digest key, Ledger ledger) {
    if (collapses == null) {
      collapses = Collapses.of(register, ledger);
    }
    if (tries == null) {
      tries = Tries.of(ledger, LedgerIndex.of(ledger), spec.options());
    }
    EvidenceKey parts = ledger.declared(key).orElseGet(() -> keys().key(rule.claim().test()));
    String id = rule.claim().id();
    Runners runners = spec.options().runners();
    if (runners != null && whole.add(rule.claim().test())) {
      runners.requireWhole(ledger, rule.claim().test());
    }
    return Standing.of(
        rule.atTry(tries.number(rule, key, parts)),
        ledger.evidence(key, id, spec.options().admission()),
        spec.options().maxVoids(),
        collapses.get(id));
  }
}
