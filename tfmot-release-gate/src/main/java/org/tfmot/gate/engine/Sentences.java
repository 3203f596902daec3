package org.tfmot.gate.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.statistics.BatchEffect;
import org.tfmot.gate.statistics.CollapseBound;

/** Says how a claim stands: what, by how much, how sure, whose; and what to do next. */
final class Sentences {

  private static final int SHOWN = 8;

  private Sentences() {}

  static String whose(Owner owner) {
    return " On call: %s (%s).".formatted(owner.name(), owner.contact());
  }

  /**
   * @param pooled runs of the claim that passed, under all keys together
   */
  static String pass(Standing standing, int pooled) {
    return "%s holds: %s, %s; %s%s."
        .formatted(
            standing.id(),
            measured(standing),
            distance(standing, false),
            sure(standing),
            standing.rule().claim().kind().isMean() ? unseen(pooled) : "");
  }

  /** A mean of a few seeds promises nothing about seeds that it did not see. */
  private static String unseen(int runs) {
    return ("; this holds if no seed collapses: none of %s did, so at most %s %% of seeds do (at 95"
            + " %%)")
        .formatted(runs(runs), EvidenceLevel.text(100 * CollapseBound.upper(runs)));
  }

  /** Returns what it means that others were tried before: they share alpha. */
  static String tries(Standing standing) {
    ClaimRule rule = standing.rule();
    if (rule.number() == 1) {
      return "";
    }
    return (" It is try %d since the last release (other files, other seeds): %s to 1 is needed"
            + " instead of %s, so that all tries of a broken claim together pass in at most %s of"
            + " 100 cases.")
        .formatted(
            rule.number(),
            EvidenceLevel.text(1 / rule.alpha()),
            EvidenceLevel.text(1 / rule.claim().alpha(1)),
            EvidenceLevel.text(100 * rule.claim().alpha()));
  }

  /** Returns what runs of one machine and day have in common; empty if that is not known. */
  static String batches(Standing standing) {
    return standing.batches().map(Sentences::batches).orElse("");
  }

  static String batches(BatchEffect effect) {
    String text =
        " Batches of runs (a machine and a day, %d of them) make %s %% of the variance"
            .formatted(effect.batches(), EvidenceLevel.text(100 * effect.share()));
    return effect.exceedsWarning()
        ? ("%s, more than %s %%, which chance alone gives in %s of 100 cases: the runs may not be"
                + " independent, and the evidence says more than it should.")
            .formatted(
                text,
                EvidenceLevel.text(100 * BatchEffect.WARNING),
                EvidenceLevel.text(100 * effect.chance()))
        : text + ".";
  }

  /** A seed that collapsed, in a claim that takes for granted that none does. */
  static String collapsed(Standing standing, String collapse) {
    return ("%s cannot be claimed as %s: %s, and that kind takes for granted that no seed does."
            + " Claim it as BOUNDED_MEAN, which holds for any share of them, or as RELIABILITY.")
        .formatted(standing.id(), standing.rule().claim().kind(), collapse);
  }

  static String fail(Standing standing) {
    return "%s is lost: %s, %s; %s."
        .formatted(standing.id(), measured(standing), distance(standing, true), sure(standing));
  }

  /**
   * @param enough the run limit that would do; null if unknown
   */
  static String inconclusive(Standing standing, @Nullable Integer enough) {
    int limit = standing.rule().maxRuns();
    if (standing.undecided()) {
      return "%s is not decided yet: %s, %s; %s, and about %s would decide it."
          .formatted(
              standing.id(),
              measured(standing),
              distance(standing, false),
              sure(standing),
              more(standing.expectedRuns()));
    }
    String advice =
        enough != null && enough > limit
            ? "; a healthy claim like this needs up to %d, its limit is %d".formatted(enough, limit)
            : "";
    return "%s is not decided by its %d runs: %s, %s; %s%s."
        .formatted(
            standing.id(),
            standing.runs().size(),
            measured(standing),
            distance(standing, false),
            sure(standing),
            advice);
  }

  static String voids(Standing standing) {
    int count = standing.evidence().voids().size();
    int stopped = standing.evidence().interrupted();
    if (stopped > 0) {
      return ("%s cannot be decided: %d runs were VOID and %d were stopped, together at most %d may"
              + " be. Only %d runs count.")
          .formatted(standing.id(), count, stopped, standing.maxVoids(), standing.runs().size());
    }
    RunFinished last = standing.evidence().voids().get(count - 1);
    return ("%s cannot be decided: %d runs were VOID, at most %d may be; run %d ended with %s. Only"
            + " %d runs count.")
        .formatted(
            standing.id(),
            count,
            standing.maxVoids(),
            last.index(),
            last.cause(),
            standing.runs().size());
  }

  static String stale(Standing standing, String difference) {
    return "%s has no evidence for these files: its earlier runs are about others (%s). %s needed."
        .formatted(standing.id(), difference, verb(standing.expectedRuns()));
  }

  /** The first few of many, and how many there are more. */
  static String list(List<String> changes) {
    int shown = Math.min(SHOWN, changes.size());
    String text = String.join(", ", changes.subList(0, shown));
    int more = changes.size() - shown;
    return more == 0 ? text : "%s and %d more".formatted(text, more);
  }

  static String missing(Standing standing) {
    List<RunFinished> voids = standing.evidence().voids();
    String last =
        voids.isEmpty()
            ? ""
            : " The last try was VOID: %s.".formatted(voids.get(voids.size() - 1).cause());
    return "%s was not put to the test: no run of it has ended.%s %s needed."
        .formatted(standing.id(), last, verb(standing.expectedRuns()));
  }

  /** Runs that nobody signed. */
  static String unsigned(Standing standing, int runs) {
    return ("%s is not put to the test: %s of it %s not signed by a runner of the trusted keys,"
            + " good for looking and for no release; -Dgate.runnerKey=<name>.pem signs what is"
            + " run.")
        .formatted(standing.id(), runs(runs), runs == 1 ? "is" : "are");
  }

  static String untested(Claim claim) {
    return "%s is not put to the test: no test %s names it.".formatted(claim.id(), claim.test());
  }

  /** Returns the command to run next; empty if nothing. */
  static String command(String claimId, ClaimState state, boolean undecided) {
    return switch (state) {
      case PASS -> "";
      case FAIL, VOID_LIMIT -> "mvn package gate:debug -Dgate.claim=" + claimId;
      case INCONCLUSIVE ->
          undecided
              ? "mvn -Prelease-gate clean verify"
              : "mvn package gate:debug -Dgate.claim=" + claimId;
      case STALE, MISSING -> "mvn -Prelease-gate clean verify";
    };
  }

  private static String measured(Standing standing) {
    Claim claim = standing.rule().claim();
    int n = standing.runs().size();
    Target target = claim.target();
    if (target != null) {
      long reached = standing.runs().stream().filter(run -> run.value() > 0.5).count();
      return "%d of %s reached %s %s %s by step %d"
          .formatted(
              reached,
              runs(n),
              claim.metric(),
              claim.direction() == Direction.HIGHER_IS_BETTER ? "≥" : "≤",
              EvidenceLevel.text(target.value()),
              target.step());
    }
    Double estimate = standing.estimate();
    Interval interval = standing.interval();
    String text = estimate == null ? "unknown" : ClaimVerdict.text(claim, estimate);
    return interval == null
        ? "%s is %s in %s".formatted(claim.metric(), text, runs(n))
        : "%s is %s in %s (%s to %s at 95 %%)"
            .formatted(
                claim.metric(),
                text,
                runs(n),
                ClaimVerdict.text(claim, interval.low()),
                ClaimVerdict.text(claim, interval.high()));
  }

  private static String distance(Standing standing, boolean documentedToo) {
    ClaimRule rule = standing.rule();
    Double estimate = standing.estimate();
    if (estimate == null) {
      return "the floor is " + ClaimVerdict.text(rule.claim(), rule.floor());
    }
    String floor = distance(rule, estimate, rule.floor(), "floor");
    return documentedToo
        ? floor + " and " + distance(rule, estimate, rule.documented(), "documented")
        : floor;
  }

  private static String distance(ClaimRule rule, double estimate, double from, String name) {
    Claim claim = rule.claim();
    double better = estimate - from;
    if (!claim.kind().hasTarget()) {
      better = claim.direction().oriented(estimate) - claim.direction().oriented(from);
    }
    String at = "the %s %s".formatted(name, ClaimVerdict.text(claim, from));
    if (better == 0) {
      return "exactly " + at;
    }
    return "%s %s than %s"
        .formatted(ClaimVerdict.text(claim, Math.abs(better)), better > 0 ? "better" : "worse", at);
  }

  private static String sure(Standing standing) {
    EvidenceLevel level = standing.level();
    if (level == null) {
      return "there is no chance in it, one run decides";
    }
    return switch (standing.state()) {
      case PASS ->
          ("the runs speak %s to 1 for the benefit, %s to 1 is needed (a broken claim gets there"
                  + " in at most %s of 100 releases)")
              .formatted(
                  EvidenceLevel.text(level.value()),
                  EvidenceLevel.text(level.upper()),
                  EvidenceLevel.text(100 * standing.rule().claim().alpha()));
      case FAIL ->
          ("the evidence fell to %s, %s or less is a FAIL (a healthy claim falls there in at most"
                  + " %s of 100 releases)")
              .formatted(
                  EvidenceLevel.text(level.value()),
                  EvidenceLevel.text(level.lower()),
                  EvidenceLevel.text(100 * standing.rule().beta()));
      default ->
          "the evidence %s lies between %s (FAIL) and %s (PASS)"
              .formatted(
                  EvidenceLevel.text(level.value()),
                  EvidenceLevel.text(level.lower()),
                  EvidenceLevel.text(level.upper()));
    };
  }

  private static String more(int runs) {
    return runs == 1 ? "1 more run" : runs + " more runs";
  }

  private static String verb(int runs) {
    return runs == 1 ? "About 1 run is" : "About %d runs are".formatted(runs);
  }

  private static String runs(int n) {
    return n == 1 ? "1 run" : n + " runs";
  }
}
