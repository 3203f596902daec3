package org.tfmot.gate.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.engine.GatePlan.PlannedTest;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence.Turn;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunLock;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.ledger.SeedDraw;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;
import org.tfmot.gate.run.VoidCause;
import org.tfmot.gate.signature.SigningKey;

/**
 * The release gate. It makes one run after the other until every claim is decided, its limit is
 * reached or the time is up. All that it knows is in the ledger: ended at any point, the next gate
 * goes on from there, and a claim that is decided stays decided however often the gate is started.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Gate {

  private final Suite suite;
  private final Clock clock;

  /** A gate for a spec. Nothing is read or run yet. */
  public Gate(GateSpec spec) {
    this(spec, Clock.systemUTC());
  }

  Gate(GateSpec spec, Clock clock) {
    suite = new Suite(spec);
    this.clock = clock;
  }

  /**
   * Returns the plan of a run, without running it.
   *
   * @throws org.tfmot.gate.ledger.LedgerException if the ledger is damaged
   */
  public GatePlan plan() throws IOException {
    Ledger ledger = Ledger.open(suite.spec().ledger());
    return new Planner(suite.on(ledger), ledger, LedgerIndex.of(ledger)).plan();
  }

  /**
   * Returns the claims that could be healthy and yet stay undecided because their run limit is too
   * low: each a sentence with the limit that would do. Takes a simulation for each claim about a
   * mean.
   */
  public List<String> advice() {
    List<String> advice = new ArrayList<>();
    for (Member member : suite.register().members().values()) {
      ClaimRule rule = member.rule();
      Integer enough = rule == null ? null : rule.enoughRuns();
      int limit = member.claim().limits().maxRuns();
      if (enough != null && enough > limit) {
        advice.add(
            "%s: with maxRuns %d a healthy claim may stay undecided; %d runs are enough"
                .formatted(member.claim().id(), limit, enough));
      }
    }
    return advice;
  }

  /**
   * Returns how many lines of the ledger are of the last release and those before it: tries after
   * them share alpha. Null before the first release.
   */
  public @Nullable Long triesSince() throws IOException {
    ConvergencePredicate last = suite.spec().options().lastRelease();
    return last == null ? null : (Long) Tries.since(Ledger.open(suite.spec().ledger()), last);
  }

  /**
   * Decides all claims by the ledger, without a run.
   *
   * @throws org.tfmot.gate.ledger.LedgerException if the ledger is damaged
   */
  public GateResult status() throws IOException {
    Ledger ledger = Ledger.open(suite.spec().ledger());
    return result(
        ledger, new Verdicts(suite.on(ledger), ledger, LedgerIndex.of(ledger)), 0, clock.instant());
  }

  /**
   * Runs the gate.
   *
   * @throws org.tfmot.gate.ledger.LedgerException if the ledger is damaged
   * @throws IOException if the ledger or a run's folder cannot be written; the next gate goes on
   * @throws InterruptedException if this thread is interrupted; the next gate repeats the run
   * @throws IllegalStateException if another gate makes runs for the same ledger
   */
  public GateResult run(GateListener listener) throws IOException, InterruptedException {
    try (RunLock lock = RunLock.take(suite.spec().ledger())) {
      return runAlone(listener);
    }
  }

  private GateResult runAlone(GateListener listener) throws IOException, InterruptedException {
    Instant start = clock.instant();
    Ledger ledger = Ledger.open(suite.spec().ledger());
    LedgerIndex index = LedgerIndex.of(ledger);
    GatePlan plan = new Planner(suite.on(ledger), ledger, index).plan();
    Verdicts verdicts = new Verdicts(suite, ledger, index);
    listener.planned(plan);
    int runs = 0;
    if (!suite.spec().options().failFast() || !failed(plan, ledger)) {
      runs = new Loop(ledger, verdicts, listener, start).all(plan.tests());
    }
    GateResult result = result(ledger, verdicts, runs, start);
    listener.ended(result);
    return result;
  }

  private boolean failed(GatePlan plan, Ledger ledger) {
    return plan.tests().stream().anyMatch(test -> anyFailed(suite.standings(test.name(), ledger)));
  }

  private static boolean anyFailed(List<Standing> standings) {
    return standings.stream().anyMatch(standing -> standing.state() == ClaimState.FAIL);
  }

  private GateResult result(Ledger ledger, Verdicts verdicts, int runs, Instant start) {
    List<ClaimVerdict> all = verdicts.all();
    List<String> refusals = suite.register().refusals();
    GateSpec spec = suite.spec();
    return new GateResult(
        GateResult.releases(all, suite.coverage(), refusals),
        all,
        suite.coverage(),
        refusals,
        Register.claimsDigests(spec.techniques()),
        suite.keys().inputs(),
        ledger.head(),
        spec.options().shard().toString(),
        runs,
        Duration.between(start, clock.instant()).toMillis() / 1e3);
  }

  /** The runs of one gate. */
  private final class Loop {
    private final Ledger ledger;
    private final Verdicts verdicts;
    private final GateListener listener;
    private final Instant start;
    private int runs;

    Loop(Ledger ledger, Verdicts verdicts, GateListener listener, Instant start) {
      this.ledger = ledger;
      this.verdicts = verdicts;
      this.listener = listener;
      this.start = start;
    }

    int all(List<PlannedTest> tests) throws IOException, InterruptedException {
      for (PlannedTest test : tests) {
        if (test.inShard() && !decide(suite.test(test.name()))) {
          break;
        }
      }
      return runs;
    }

    /** Runs a test until its claims are decided; false if the gate is to end. */
    private boolean decide(GateTest test) throws IOException, InterruptedException {
      while (true) {
        ledger.refresh();
        List<Standing> standings = suite.standings(test.name(), ledger);
        if (suite.spec().options().failFast() && anyFailed(standings)) {
          return false;
        }
        List<Standing> undecided = standings.stream().filter(Standing::undecided).toList();
        if (undecided.isEmpty()) {
          return true;
        }
        if (timeIsUp()) {
          return false;
        }
        if (isOfTheMachine(execute(test, undecided))) {
          // The next run would end the same, and a claim has only so many VOID ones.
          return true;
        }
      }
    }

    private static boolean isOfTheMachine(RunFinished end) {
      String cause = end.cause();
      return end.status() == RunStatus.VOID
          && cause != null
          && (cause.startsWith(VoidCause.MISSING_DATA.name())
              || cause.startsWith(VoidCause.START_FAILED.name()));
    }

    private boolean timeIsUp() {
      Duration budget = suite.spec().options().timeBudget();
      return budget != null && Duration.between(start, clock.instant()).compareTo(budget) >= 0;
    }

    private RunFinished execute(GateTest test, List<Standing> undecided)
        throws IOException, InterruptedException {
      Digest key = ledger.declare(suite.keys().key(test.name()));
      Turn turn =
          undecided.stream()
              .map(standing -> standing.evidence().next())
              .min(Comparator.comparingInt(Turn::index))
              .orElseThrow();
      RunStarted run =
          turn.repeated() ? recorded(key, turn.index()) : fresh(test, key, turn, undecided);
      ledger.append(run);
      listener.started(test.name(), run);
      runs++;
      RunFinished end = end(run, test.runner().run(request(test, run)), test);
      ledger.append(end);
      listener.finished(test.name(), end, verdicts.of(test.name()));
      return end;
    }

    /**
     * Starts a run; the claims it counts for, all that are undecided now, are fixed before its
     * outcome is known.
     */
    private RunStarted fresh(GateTest test, Digest key, Turn turn, List<Standing> undecided) {
      SortedSet<String> ids = new TreeSet<>();
      undecided.forEach(standing -> ids.add(standing.id()));
      SigningKey runner = suite.spec().options().runner();
      if (runner == null) {
        return RunStarted.of(key, ids, turn.index());
      }
      Digest claims = suite.keys().key(test.name()).claims();
      long counter = ledger.counter(test.name(), runner.keyId()) + 1;
      return RunStarted.of(
          key, ids, turn.index(), SeedDraw.sign(test.name(), claims, counter, runner));
    }

    /** A run that did not end well is repeated as it was started. */
    private RunStarted recorded(Digest key, int index) {
      for (LedgerRecord line : ledger.records()) {
        if (line instanceof RunStarted run && run.index() == index && run.key().equals(key)) {
          return run;
        }
      }
      throw new IllegalStateException("run %d of %s was never started".formatted(index, key));
    }

    private RunRequest request(GateTest test, RunStarted run) {
      SortedSet<String> metrics = new TreeSet<>();
      double minutes = 0;
      for (Member member : suite.members(test.name())) {
        Claim claim = member.claim();
        minutes = Math.max(minutes, claim.limits().maxMinutesPerRun());
        if (run.claimIds().contains(claim.id())) {
          metrics.add(claim.metric());
        }
      }
      Path folder = RunFolders.of(suite.spec().output(), test.name(), run.key(), run.index());
      return new RunRequest(
          test.name(), run.seed(), folder, metrics, Duration.ofMillis(Math.round(minutes * 60e3)));
    }

    private RunFinished end(RunStarted run, RunResult result, GateTest test) throws IOException {
      SortedMap<String, Double> metrics = new TreeMap<>(result.metrics());
      if (result.status() == RunStatus.OK) {
        for (Member member : suite.members(test.name())) {
          Target target = member.claim().target();
          if (target != null && run.claimIds().contains(member.claim().id())) {
            TargetSteps.add(member.claim(), target, result.curves(), metrics);
          }
        }
      }
      RunFinished end =
          new RunFinished(
              run.key(),
              run.index(),
              run.seed(),
              result.status(),
              metrics,
              result.curvesDigest(),
              result.seconds(),
              result.cause(),
              suite.keys().keep(test, result),
              null);
      SigningKey runner = suite.spec().options().runner();
      return runner == null ? end : end.signedBy(runner, clock.instant());
    }
  }
}
