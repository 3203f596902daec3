package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Measured;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain;

/**
 * Outcome of a gate.
 *
 * @param released whether everything may be published: every registered claim is at PASS, none was
 *     refused, and each has its test
 * @param verdicts every claim, by id
 * @param coverageProblems claims without a test and tests without a claim
 * @param refusals claims that could not be registered, with the reason
 * @param claimsDigests technique to digest of its claims
 * @param inputs what the runs were made from besides the subjects: class path, data sets
 * @param ledger the head of the ledger that it was computed from
 * @param shard the part that this machine ran, {@code i/n}
 * @param newRuns how many runs this gate made
 * @param seconds how long it took
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateResult(
    boolean released,
    List<ClaimVerdict> verdicts,
    List<String> coverageProblems,
    List<String> refusals,
    SortedMap<String, Digest> claimsDigests,
    SortedMap<String, Digest> inputs,
    HashChain.Head ledger,
    String shard,
    int newRuns,
    double seconds) {

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if {@code released} does not follow from the rest
   */
  public GateResult {
    verdicts = List.copyOf(verdicts);
    coverageProblems = List.copyOf(coverageProblems);
    refusals = List.copyOf(refusals);
    claimsDigests = Collections.unmodifiableSortedMap(new TreeMap<>(claimsDigests));
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
    if (released != releases(verdicts, coverageProblems, refusals)) {
      throw new IllegalArgumentException(
          "released is %s, which does not follow from the verdicts".formatted(released));
    }
  }

  static boolean releases(
      List<ClaimVerdict> verdicts, List<String> coverageProblems, List<String> refusals) {
    return !verdicts.isEmpty()
        && coverageProblems.isEmpty()
        && refusals.isEmpty()
        && verdicts.stream().allMatch(verdict -> verdict.state() == ClaimState.PASS);
  }

  /** Counts the claims in each state that occurs. */
  public Map<ClaimState, Integer> counts() {
    Map<ClaimState, Integer> counts = new EnumMap<>(ClaimState.class);
    verdicts.forEach(verdict -> counts.merge(verdict.state(), 1, Integer::sum));
    return counts;
  }

  /** For the attestation. */
  public List<AttestedClaim> attested() {
    return verdicts.stream().map(ClaimVerdict::attested).toList();
  }

  /** For the tables of benefits: claim id to what was measured. */
  public SortedMap<String, Measured> measured() {
    SortedMap<String, Measured> measured = new TreeMap<>();
    for (ClaimVerdict verdict : verdicts) {
      verdict.measured().ifPresent(value -> measured.put(verdict.id(), value));
    }
    return measured;
  }

  /** Everything that stands in the way of a release, each a sentence; empty if nothing does. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>(coverageProblems);
    problems.addAll(refusals);
    for (ClaimVerdict verdict : verdicts) {
      if (verdict.state() != ClaimState.PASS) {
        problems.add(
            verdict.command().isEmpty()
                ? verdict.sentence()
                : verdict.sentence() + " Next: " + verdict.command());
      }
    }
    return problems;
  }
}
