package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.engine.EvidenceKeys;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.GateTest;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.maven.run.Environments.Environment;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.RunResult;

/** Makes a recorded run again, with its seed, and says whether it is the same bit for bit. */
final class Replay {

  /**
   * Inputs that decide about a run; the machine and the words of its claims do not, or should not.
   */
  private static final List<String> INPUTS = List.of("lock", "example", "dataset");

  /** Words of the same, where what a run depended on is known: all else decides. */
  private static final List<String> NO_INPUTS =
      List.of("claims", "hardware", "those runs", "descriptor of");

  private final GateSpec spec;
  private final Environments environments;
  private final Claim claim;
  private final GateTest test;
  private final RecordedRun run;

  private Replay(
      GateSpec spec, Environments environments, Claim claim, GateTest test, RecordedRun run) {
    this.spec = spec;
    this.environments = environments;
    this.claim = claim;
    this.test = test;
    this.run = run;
  }

  /**
   * A replay.
   *
   * @param keyPrefix the first digits of the key's digest; null for the newest one with that run
   * @throws IllegalArgumentException if there is no such claim or run
   */
  static Replay of(
      GateSpec spec,
      Environments environments,
      @Nullable String claimId,
      int index,
      @Nullable String keyPrefix)
      throws IOException {
    Claim claim = GoalArguments.claim(spec.techniques(), claimId);
    GateTest test = test(spec, claim);
    Ledger ledger = Ledger.read(spec.ledger());
    Digest present = EvidenceKeys.of(spec, ledger).key(test.name()).digest();
    RecordedRun run = RecordedRun.find(ledger, claim.id(), index, keyPrefix, present);
    return new Replay(spec, environments, claim, test, run);
  }

  /** The test of a claim. */
  static GateTest test(GateSpec spec, Claim claim) {
    return spec.tests().stream()
        .filter(candidate -> candidate.name().equals(claim.test()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the test of %s, %s, is not in this build"
                        .formatted(claim.id(), claim.test())));
  }

  RecordedRun run() {
    return run;
  }

  /** Returns the folder of the replayed run. */
  Path folder() {
    return RunFolders.of(
        spec.output().resolve("replay"), test.name(), run.end().key(), run.end().index());
  }

  /**
   * Returns the inputs of the recorded run that are different here, a sentence each; empty if
   * nothing is.
   *
   * @param present the environment of this build
   */
  List<String> otherInputs(Environment present) throws IOException {
    Digest key = run.end().key();
    Ledger ledger = Ledger.read(spec.ledger());
    EvidenceKey recorded = ledger.declared(key).orElseThrow(IllegalStateException::new);
    if (recorded.conditions() != null && spec.build() != null) {
      return EvidenceKeys.of(spec, ledger).changes(key, test.name()).stream()
          .filter(line -> NO_INPUTS.stream().noneMatch(line::startsWith))
          .toList();
    }
    List<String> differences =
        recorded.differences(spec.key(test)).stream()
            .filter(line -> INPUTS.stream().anyMatch(line::startsWith))
            .toList();
    if (differences.isEmpty()) {
      return List.of();
    }
    Optional<Environment> before = environments.find(key);
    if (before.isEmpty()) {
      List<String> lines = new ArrayList<>(differences);
      lines.add("what exactly is not known here: %s".formatted(environments.missing(key)));
      return lines;
    }
    return before.get().differences(present).stream()
        .filter(line -> differences.contains(line) || line.startsWith("class path: "))
        .toList();
  }

  /**
   * Runs it.
   *
   * @return what is different, a sentence each; empty if it is identical
   */
  List<String> differences() throws IOException, InterruptedException {
    Optional<Curves> before = run.curves(spec.output(), test.name());
    RunResult again = test.runner().run(request());
    List<String> differences = new ArrayList<>();
    if (again.status() != run.end().status()) {
      differences.add(
          "the run was %s, is %s%s"
              .formatted(
                  run.end().status(),
                  again.status(),
                  again.cause() == null ? "" : ": " + again.cause()));
    }
    if (Objects.equals(again.curvesDigest(), run.end().curvesDigest())) {
      return differences;
    }
    if (before.isEmpty()) {
      differences.add(
          "the curves differ (digest %s, was %s); where is not known, as the recorded ones are not"
                  .formatted(again.curvesDigest(), run.end().curvesDigest())
              + " here");
      return differences;
    }
    List<CurveDifference> first = CurveDifference.of(before.get(), again.curves());
    first.forEach(difference -> differences.add(difference.toString()));
    if (first.isEmpty()) {
      differences.add("every metric is the same; only the order of the reports differs");
    }
    return differences;
  }

  private RunRequest request() {
    TreeSet<String> metrics = new TreeSet<>();
    metrics.add(claim.metric());
    double minutes = 0;
    List<Claim> claims = spec.techniques().stream().flatMap(t -> t.claims().stream()).toList();
    for (Claim other : claims) {
      if (other.test().equals(test.name())) {
        minutes = Math.max(minutes, other.limits().maxMinutesPerRun());
        if (run.start().claimIds().contains(other.id())) {
          metrics.add(other.metric());
        }
      }
    }
    return new RunRequest(
        test.name(),
        run.end().seed(),
        folder(),
        metrics,
        Duration.ofMillis(Math.round(minutes * 60e3)));
  }
}
