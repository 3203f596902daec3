package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.tfmot.gate.engine.ClaimHistory;
import org.tfmot.gate.engine.EvidenceLevel;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.maven.run.Environments.Environment;
import org.tfmot.gate.run.Curves;

/** {@code summary.md}: what an owner reads first. */
final class DebugSummary {

  /** More is cut off: the folder is to be sent. */
  static final int LONGEST = 400_000;

  private static final String GOAL = "mvn package gate:replay -Dgate.claim=%s";

  private final ClaimDebug debug;
  private final Environments environments;
  private final Environment now;
  private final StringBuilder out = new StringBuilder();

  private DebugSummary(ClaimDebug debug, Environments environments, Environment now) {
    this.debug = debug;
    this.environments = environments;
    this.now = now;
  }

  /**
   * Writes it.
   *
   * @param now the environment of this build, with the present key
   */
  static String of(ClaimDebug debug, Environments environments, Environment now)
      throws IOException {
    DebugSummary summary = new DebugSummary(debug, environments, now);
    summary.render();
    return summary.out.length() <= LONGEST
        ? summary.out.toString()
        : summary.out.substring(0, LONGEST) + "\n\n... cut off here\n";
  }

  private void render() throws IOException {
    ClaimHistory newest = debug.newest();
    Optional<ClaimHistory> pass = debug.lastPass();
    line("# %s: %s", debug.claim().id(), newest.state());
    line("");
    line("Metric `%s`, test `%s`.", debug.claim().metric(), debug.claim().test());
    line("");
    line("## Since the last PASS");
    line("");
    if (pass.isPresent()) {
      line("Key `%s` is the last one that passes.", DebugFiles.digits(pass.get().key()));
      line("");
      bullets(debug.changes(pass.get().key(), environments, now), "nothing that is known of");
    } else {
      line("No other key of this ledger passes, by the claim as it is now.");
    }
    line("");
    line("## Where the newest run goes another way");
    line("");
    if (pass.isPresent()) {
      bullets(diverging(pass.get()), "");
    } else {
      line("- there is nothing to compare it with");
    }
    line("");
    line("## The same run again");
    line("");
    commands(pass);
    line("");
    line("## Runs");
    List<ClaimHistory> newestFirst = new ArrayList<>(debug.histories());
    Collections.reverse(newestFirst);
    newestFirst.forEach(this::runs);
  }

  private List<String> diverging(ClaimHistory pass) throws IOException {
    RunFinished run = debug.newestRun();
    Optional<Curves> curves = debug.curves(run);
    String name = "run %d, seed %d".formatted(run.index(), run.seed());
    if (curves.isEmpty()) {
      return List.of("%s: its curves are not here".formatted(name));
    }
    List<String> lines = new ArrayList<>();
    RunFinished twin = DebugFiles.ends(pass).get(run.index());
    Optional<Curves> good = twin == null ? Optional.empty() : debug.curves(twin);
    if (twin == null || good.isEmpty()) {
      lines.add(
          "exact: the curves of run %d under the passing key are not here".formatted(run.index()));
    } else {
      String seeds =
          run.seed() == twin.seed()
              ? "the same seed"
              : "another seed, %d: that alone makes a difference; for the same seed use"
                      .formatted(twin.seed())
                  + " -Dgate.anyClassPath below";
      lines.add(
          "exact: %s, against run %d of the passing key (%s):"
              .formatted(name, twin.index(), seeds));
      List<CurveDifference> differences = CurveDifference.of(good.get(), curves.get());
      differences.forEach(difference -> lines.add("exact: " + difference));
      if (differences.isEmpty()) {
        lines.add("exact: no report differs");
      }
    }
    lines.addAll(statistical(pass, name, curves.get()));
    return lines;
  }

  private List<String> statistical(ClaimHistory pass, String name, Curves curves)
      throws IOException {
    int runs = debug.passingCurves(pass).size();
    if (runs < 2) {
      return List.of(
          "statistical: the curves of %d passing runs are here, 2 are needed".formatted(runs));
    }
    if (curves.metrics().stream().allMatch(metric -> curves.of(metric).size() < Departure.STEPS)) {
      return List.of(
          "statistical: no metric was reported at %d steps, as it takes"
              .formatted(Departure.STEPS));
    }
    List<String> lines = new ArrayList<>();
    for (Departure departure : debug.departures(pass)) {
      lines.add(
          "statistical: from step %d on %s of %s is outside of %d passing runs: %s, they %s ± 3 · %s"
              .formatted(
                  departure.step(),
                  departure.metric(),
                  name,
                  runs,
                  EvidenceLevel.text(departure.value()),
                  EvidenceLevel.text(departure.mean()),
                  EvidenceLevel.text(departure.deviation())));
    }
    if (lines.isEmpty()) {
      lines.add(
          "statistical: %s stays within 3 standard deviations of %d passing runs, but for fewer than %d steps in a row"
              .formatted(name, runs, Departure.STEPS));
    }
    return lines;
  }

  private void commands(Optional<ClaimHistory> pass) {
    RunFinished run = debug.newestRun();
    String goal = GOAL.formatted(debug.claim().id());
    String options = " -Dgate.run=%d -Dgate.runKey=%s";
    line("```");
    line(goal + options, run.index(), DebugFiles.digits(run.key()));
    line("```");
    if (pass.isPresent() && !pass.get().runs().isEmpty()) {
      line("");
      line("A run that passed, with its seed, on what is built now:");
      line("");
      line("```");
      line(
          goal + options + " -Dgate.anyClassPath",
          pass.get().runs().get(0).index(),
          DebugFiles.digits(pass.get().key()));
      line("```");
    }
  }

  private void runs(ClaimHistory history) {
    line("");
    String reproducer = debug.reproducer(history);
    line(
        "### Key `%s`%s%s: %s",
        DebugFiles.digits(history.key()),
        debug.isPresent(history) ? " (present)" : "",
        reproducer.isEmpty() ? "" : " (reproduction of %s)".formatted(reproducer),
        history.state());
    line("");
    line("| Run | Seed | Status | Value | Evidence | Seconds | Cause |");
    line("|---|---|---|---|---|---|---|");
    for (RunValue run : history.runs()) {
      Double log = run.logEvidence();
      row(
          run.index(),
          run.seed(),
          run.status().toString(),
          Double.toString(run.value()),
          log == null ? "" : EvidenceLevel.text(Math.exp(log)),
          run.seconds(),
          run.cause() == null ? "" : run.cause());
    }
    history.evidence().waiting().forEach(run -> notCounting(run, "waits for an earlier run"));
    history.evidence().voids().forEach(run -> notCounting(run, "does not count"));
    if (history.evidence().interrupted() > 0) {
      line("");
      line("%d starts have no end.", history.evidence().interrupted());
    }
  }

  private void notCounting(RunFinished run, String why) {
    row(
        run.index(),
        run.seed(),
        run.status().toString(),
        why,
        "",
        run.seconds(),
        run.cause() == null ? "" : run.cause());
  }

  private void row(
      int index,
      int seed,
      String status,
      String value,
      String evidence,
      double seconds,
      String cause) {
    line(
        "| %d | %d | %s | %s | %s | %.1f | %s |",
        index, seed, status, value, evidence, seconds, cause.replace("|", "\\|"));
  }

  private void bullets(List<String> lines, String none) {
    lines.forEach(line -> line("- %s", line));
    if (lines.isEmpty()) {
      line("- %s", none);
    }
  }

  private void line(String text, Object... values) {
    out.append(text.formatted(values)).append('\n');
  }
}
