package org.tfmot.gate.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.EvidenceLevel;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GatePlan;
import org.tfmot.gate.engine.GatePlan.PlannedClaim;
import org.tfmot.gate.engine.GatePlan.PlannedTest;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;

/**
 * One line for each claim, and one for all. On a terminal they are rewritten as the gate goes on;
 * elsewhere, as in the log of a build, a line is printed when its claim has changed, without
 * control characters and in ASCII.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class LiveLines implements GateListener {

  private static final int CELLS = 8;

  private final PrintStream out;
  private final boolean terminal;
  private final int width;
  private final Map<String, PlannedClaim> planned = new LinkedHashMap<>();
  private final Map<String, PlannedTest> tests = new LinkedHashMap<>();
  private final Map<String, ClaimVerdict> verdicts = new LinkedHashMap<>();
  private final Map<String, String> printed = new HashMap<>();
  private Set<String> running = Set.of();
  private int runs;
  private int drawn;

  /**
   * @param terminal whether {@code out} understands ANSI control sequences
   * @param width its columns; longer lines are cut off there
   */
  public LiveLines(PrintStream out, boolean terminal, int width) {
    this.out = out;
    this.terminal = terminal;
    this.width = width;
  }

  @Override
  public void planned(GatePlan plan) {
    plan.claims().forEach(claim -> planned.put(claim.id(), claim));
    plan.tests().forEach(test -> tests.put(test.name(), test));
    if (terminal) {
      draw();
    } else {
      plan.claims().forEach(claim -> print(claim.id()));
      out.println(footer(null));
    }
  }

  @Override
  public void started(String test, RunStarted run) {
    running = run.claimIds();
    if (terminal) {
      draw();
    }
  }

  @Override
  public void finished(String test, RunFinished run, List<ClaimVerdict> changed) {
    running = Set.of();
    runs++;
    changed.forEach(verdict -> verdicts.put(verdict.id(), verdict));
    if (terminal) {
      draw();
      return;
    }
    if (run.status() != RunStatus.OK) {
      out.println("run %d of %s: %s, %s".formatted(run.index(), test, run.status(), run.cause()));
    }
    changed.forEach(verdict -> print(verdict.id()));
  }

  private void print(String id) {
    String line = line(id);
    if (!line.equals(printed.put(id, line))) {
      out.println(line);
    }
  }

  @Override
  public void ended(GateResult result) {
    result.verdicts().forEach(verdict -> verdicts.put(verdict.id(), verdict));
    if (terminal) {
      draw(footer(result));
    } else {
      out.println(footer(result));
    }
  }

  private void draw() {
    draw(footer(null));
  }

  private void draw(String footer) {
    StringBuilder screen = new StringBuilder();
    if (drawn > 0) {
      screen.append("\033[").append(drawn).append('A');
    }
    List<String> lines = new ArrayList<>();
    planned.keySet().forEach(id -> lines.add(line(id)));
    lines.add(footer);
    for (String line : lines) {
      screen.append("\r\033[2K").append(cut(line)).append('\n');
    }
    drawn = lines.size();
    out.print(screen);
    out.flush();
  }

  private String cut(String line) {
    return line.length() <= width ? line : line.substring(0, Math.max(0, width - 1)) + "…";
  }

  private String line(String id) {
    int longest = planned.keySet().stream().mapToInt(String::length).max().orElse(0);
    String name = id + " ".repeat(longest - Math.min(longest, id.length()));
    ClaimVerdict verdict = verdicts.get(id);
    PlannedClaim claim = planned.get(id);
    if (verdict == null) {
      return claim == null
          ? name
          : "%s  n=%d  %s".formatted(name, claim.runs(), state(id, claim.state()));
    }
    return "%s  n=%d  %s floor %s  %s%s  [%s]"
        .formatted(
            name,
            verdict.runs().size(),
            estimate(verdict),
            verdict.text(verdict.floor()),
            evidence(verdict),
            state(id, verdict.state()),
            verdict.owner().name());
  }

  private String estimate(ClaimVerdict verdict) {
    Double estimate = verdict.estimate();
    if (estimate == null) {
      return "-";
    }
    String text = verdict.text(estimate);
    if (verdict.interval() == null) {
      return text;
    }
    double half = (verdict.interval().high() - verdict.interval().low()) / 2;
    return text + (terminal ? "±" : "+-") + verdict.text(half);
  }

  private String evidence(ClaimVerdict verdict) {
    EvidenceLevel level = verdict.evidence();
    if (level == null) {
      return "";
    }
    double progress = Math.log(level.value()) / Math.log(level.upper());
    int cells = (int) Math.max(0, Math.min(CELLS, Math.floor(progress * CELLS + 1e-9)));
    String bar =
        (terminal ? "█" : "#").repeat(cells) + (terminal ? "░" : ".").repeat(CELLS - cells);
    return "E=%s/%s %s "
        .formatted(Words.significant(level.value()), Words.significant(level.upper()), bar);
  }

  /** Returns the state of a claim in words; an undecided one has none that would say anything. */
  private String state(String id, ClaimState state) {
    int left = left(id);
    String open = "needs ~" + Words.runs(left);
    if (running.contains(id)) {
      return "running, " + open;
    }
    return left == 0 ? Words.state(state) : open;
  }

  /** Runs that a claim still needs, about. */
  private int left(String id) {
    PlannedClaim claim = planned.get(id);
    if (claim == null || claim.next() == null) {
      return 0;
    }
    ClaimVerdict verdict = verdicts.get(id);
    if (verdict == null) {
      return claim.expectedRuns();
    }
    boolean open =
        (verdict.state() == ClaimState.INCONCLUSIVE || verdict.runs().isEmpty())
            && verdict.state() != ClaimState.VOID_LIMIT
            && verdict.runs().size() < claim.maxRuns();
    return open ? Math.max(1, claim.expectedRuns() + claim.runs() - verdict.runs().size()) : 0;
  }

  private String footer(@Nullable GateResult result) {
    Map<ClaimState, Integer> counts = new EnumMap<>(ClaimState.class);
    for (PlannedClaim claim : planned.values()) {
      ClaimVerdict verdict = verdicts.get(claim.id());
      counts.merge(verdict == null ? claim.state() : verdict.state(), 1, Integer::sum);
    }
    String dot = terminal ? " · " : " | ";
    String states =
        counts.entrySet().stream()
            .map(count -> count.getValue() + " " + Words.state(count.getKey()))
            .collect(Collectors.joining(dot));
    if (result != null) {
      return "%s%srelease %s%s%s made"
          .formatted(states, dot, result.released() ? "OPEN" : "BLOCKED", dot, Words.runs(runs));
    }
    int left = 0;
    double minutes = 0;
    for (PlannedTest test : tests.values()) {
      if (test.inShard()) {
        int most = new TreeSet<>(test.undecided()).stream().mapToInt(this::left).max().orElse(0);
        left += most;
        minutes += most * test.minutesPerRun();
      }
    }
    return "%s%s%d/%d runs%s~%d min left"
        .formatted(states, dot, runs, runs + left, dot, Math.round(minutes));
  }
}
