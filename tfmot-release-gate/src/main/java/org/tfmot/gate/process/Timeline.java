package org.tfmot.gate.process;

import java.util.ArrayList;
import java.util.List;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.process.ProcessEvent.Merged;
import org.tfmot.gate.process.ProcessEvent.MinimumVersionBumped;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;
import org.tfmot.gate.process.ProcessEvent.Placed;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Released;
import org.tfmot.gate.process.ProcessEvent.Reproduced;

/** Tells a technique's history, with what still counts of it. */
final class Timeline {

  private final TechniqueHistory history;
  private final Revision now;

  private Timeline(TechniqueHistory history, Revision now) {
    this.history = history;
    this.now = now;
  }

  static List<TimelineEntry> of(Journal journal, String technique, Revision now) {
    Timeline timeline = new Timeline(journal.history(technique), now);
    List<TimelineEntry> entries = new ArrayList<>();
    for (HashChain.Entry<SignedEvent> line : journal.entries()) {
      ProcessEvent event = line.body().event();
      if (event.technique().equals(technique)) {
        if (event instanceof Proposed) {
          entries.replaceAll(Timeline::superseded);
        }
        String note = timeline.whyNot(event);
        entries.add(
            new TimelineEntry(line.body().time(), event.by(), words(event), note.isEmpty(), note));
      }
    }
    return List.copyOf(entries);
  }

  private static TimelineEntry superseded(TimelineEntry entry) {
    return new TimelineEntry(
        entry.time(), entry.by(), entry.what(), false, "it was proposed again since");
  }

  /** Explains why an event does not count now; empty if it does. */
  private String whyNot(ProcessEvent event) {
    if (event instanceof Reproduced reproduced) {
      return reproduced.revision().sameWork(now) ? "" : reproduced.revision().difference(now);
    }
    if (event instanceof Merged merged) {
      if (!merged.equals(history.merge())) {
        return "something else was merged since";
      }
      return history.merged(now) ? "" : merged.revision().difference(now);
    }
    if (event instanceof Released released) {
      return released.revision().sameWork(now) ? "" : released.revision().difference(now);
    }
    if (event instanceof Approved approved) {
      Released release = history.releaseOf(now);
      boolean settled =
          history.merged(now)
              ? approved.revision().claims().equals(now.claims())
              : approved.step() != ApprovalStep.FINAL
                  && release != null
                  && release.revision().equals(approved.revision());
      return settled ? "" : approved.revision().difference(now);
    }
    return "";
  }

  private static String words(ProcessEvent event) {
    if (event instanceof Proposed proposed) {
      return "proposed, owners " + String.join(", ", proposed.owners());
    }
    if (event instanceof Placed placed) {
      return "placed: %s, %d of %d points: %s"
          .formatted(
              placed.placement().decision(),
              placed.placement().scores().points(),
              PlacementScores.HIGHEST_POINTS,
              placed.placement().rationale());
    }
    if (event instanceof Reproduced reproduced) {
      return "reproduced %d claims at %s"
          .formatted(reproduced.passed().size(), reproduced.revision().shortCommit());
    }
    if (event instanceof Approved approved) {
      return "approved (%s) %s".formatted(approved.step(), approved.revision().shortCommit());
    }
    if (event instanceof Released released) {
      return "released %s from %s".formatted(released.version(), released.revision().shortCommit());
    }
    if (event instanceof MinimumVersionBumped bumped) {
      return "minimum %s raised from %s to %s"
          .formatted(bumped.coordinates(), bumped.from(), bumped.to());
    }
    if (event instanceof Merged merged) {
      return "merged " + merged.revision().shortCommit();
    }
    OwnerChanged change = (OwnerChanged) event;
    return "owners %s, on call %s: %s"
        .formatted(String.join(", ", change.to()), change.onCall(), change.reason());
  }
}
