package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.GatePlan.PlannedClaim;
import org.tfmot.gate.engine.GatePlan.PlannedTest;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.statistics.ClaimCost;
import org.tfmot.gate.statistics.Decision;

/** Makes the plan. */
final class Planner {

  /** Older builds say little about the next one. */
  private static final int HISTORY = 10;

  private final Suite suite;
  private final Ledger ledger;
  private final LedgerIndex index;

  Planner(Suite suite, Ledger ledger, LedgerIndex index) {
    this.suite = suite;
    this.ledger = ledger;
    this.index = index;
  }

  GatePlan plan() {
    Map<String, PlannedTest> tests = new HashMap<>();
    Map<String, List<Standing>> standings = new HashMap<>();
    List<ClaimCost> costs = new ArrayList<>();
    for (String name : suite.provingTests()) {
      List<Standing> own = suite.standings(name, ledger);
      PlannedTest test = test(name, own);
      standings.put(name, own);
      tests.put(name, test);
      costs.add(new ClaimCost(name, test.expectedMinutes(), test.failure()));
    }
    List<PlannedTest> ordered = new ArrayList<>();
    List<PlannedClaim> claims = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    int runs = 0;
    double minutes = 0;
    for (ClaimCost cost : ClaimCost.cheapestFirst(costs)) {
      PlannedTest test = tests.get(cost.claim());
      if (test == null) {
        continue;
      }
      ordered.add(test);
      if (test.inShard()) {
        runs += test.expectedRuns();
        minutes += test.expectedMinutes();
      }
      for (Standing standing : standings.getOrDefault(test.name(), List.of())) {
        claims.add(claim(standing, test));
        seen.add(standing.id());
      }
    }
    for (Member member : suite.register().members().values()) {
      if (!seen.contains(member.claim().id())) {
        claims.add(untested(member));
      }
    }
    return new GatePlan(
        ordered, claims, runs, minutes, suite.coverage(), suite.register().refusals());
  }

  private PlannedTest test(String name, List<Standing> standings) {
    int runs = 0;
    double limit = 0;
    double holds = 1;
    OptionalDouble seconds = OptionalDouble.empty();
    List<String> undecided = new ArrayList<>();
    for (Standing standing : standings) {
      runs = Math.max(runs, standing.expectedRuns());
      limit = Math.max(limit, standing.rule().claim().limits().maxMinutesPerRun());
      if (standing.undecided()) {
        undecided.add(standing.id());
        holds *= 1 - failure(standing, suite.keyDigest(name));
      }
      if (seconds.isEmpty()) {
        seconds = index.seconds(standing.id());
      }
    }
    return new PlannedTest(
        name,
        suite.keyDigest(name),
        undecided,
        suite.inShard(name),
        runs,
        seconds.isPresent() ? seconds.getAsDouble() / 60 : limit,
        seconds.isPresent(),
        1 - holds,
        changes(name, standings));
  }

  /** Tells why evidence that there was does not count, of the claims that have none now. */
  private List<String> changes(String test, List<Standing> standings) {
    Digest key = suite.keyDigest(test);
    for (Standing standing : standings) {
      List<Digest> others = index.otherKeys(standing.id(), key);
      if (standing.state() == ClaimState.MISSING && !others.isEmpty()) {
        return suite.keys().changes(others.get(others.size() - 1), test);
      }
    }
    return List.of();
  }

  /** From how the claim, as it is now, would have fared on earlier builds: for the order only. */
  private double failure(Standing standing, Digest key) {
    List<Digest> others = index.otherKeys(standing.id(), key);
    int passed = 0;
    int failed = 0;
    for (Digest other : others.subList(Math.max(0, others.size() - HISTORY), others.size())) {
      Decision decision = suite.standing(standing.rule(), other, ledger).test().decision();
      passed += decision == Decision.PASS ? 1 : 0;
      failed += decision == Decision.FAIL ? 1 : 0;
    }
    return ClaimCost.ofHistory(standing.id(), 0, passed, failed).failure();
  }

  private PlannedClaim claim(Standing standing, PlannedTest test) {
    ClaimState state = standing.state();
    boolean stale =
        state == ClaimState.MISSING && !index.otherKeys(standing.id(), test.key()).isEmpty();
    return new PlannedClaim(
        standing.id(),
        test.name(),
        test.key(),
        stale ? ClaimState.STALE : state,
        standing.runs().size(),
        standing.evidence().voids().size(),
        standing.undecided() ? standing.evidence().next() : null,
        standing.expectedRuns(),
        standing.expectedRuns() * test.minutesPerRun(),
        standing.rule().maxRuns(),
        standing.rule().number(),
        standing.rule().alpha(),
        standing.rule().atTry(1).expectedRuns(),
        standing.batches().orElse(null));
  }

  private static PlannedClaim untested(Member member) {
    return new PlannedClaim(
        member.claim().id(),
        member.claim().test(),
        null,
        ClaimState.MISSING,
        0,
        0,
        null,
        0,
        0,
        member.claim().limits().maxRuns(),
        1,
        member.claim().alpha(1),
        0,
        null);
  }
}
