package org.tfmot.gate.process;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.process.ProcessEvent.Merged;
import org.tfmot.gate.process.ProcessEvent.MinimumVersionBumped;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;
import org.tfmot.gate.process.ProcessEvent.Placed;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Released;
import org.tfmot.gate.process.ProcessEvent.Reproduced;

/** Past steps of one technique; {@link StepOrder} says what may happen next. */
final class TechniqueHistory {

  private @Nullable Proposed proposal;
  private @Nullable Placement placement;
  private SortedSet<String> owners = new TreeSet<>();
  private final List<Reproduced> reproductions = new ArrayList<>();
  private final List<Approved> approvals = new ArrayList<>();
  private @Nullable Released release;
  private @Nullable Merged merge;
  private @Nullable MinimumVersionBumped bump;
  private @Nullable String lastVersion;

  /** Takes in a step that was checked. */
  void accept(ProcessEvent event) {
    if (event instanceof Proposed proposed) {
      proposal = proposed;
      owners = proposed.owners();
      placement = null;
      reproductions.clear();
      approvals.clear();
      merge = null;
      release = null;
      bump = null;
    } else if (event instanceof Placed placed) {
      placement = placed.placement();
    } else if (event instanceof Reproduced reproduced) {
      reproductions.add(reproduced);
    } else if (event instanceof Approved approved) {
      approvals.add(approved);
    } else if (event instanceof Released released) {
      release = released;
      lastVersion = released.version();
      bump = null;
    } else if (event instanceof MinimumVersionBumped bumped) {
      bump = bumped;
    } else if (event instanceof Merged merged) {
      merge = merged;
    } else if (event instanceof OwnerChanged change) {
      owners = change.to();
    }
  }

  List<ApprovalStep> stepsBeforeRelease() {
    return placement != null && placement.decision() == PlacementDecision.OFFICIAL
        ? List.of(ApprovalStep.TFMOT_REVIEW, ApprovalStep.MAY_DEPEND)
        : List.of(ApprovalStep.TFMOT_REVIEW);
  }

  boolean reproduced(Revision revision) {
    return reproductions.stream().anyMatch(r -> r.revision().sameWork(revision));
  }

  boolean approved(ApprovalStep step, Revision revision) {
    return approvals.stream().anyMatch(a -> a.step() == step && a.revision().equals(revision));
  }

  /** The release that has these claims and this example; null if there is none. */
  @Nullable Released releaseOf(Revision revision) {
    return release != null && release.revision().sameWork(revision) ? release : null;
  }

  /** Returns whether a release or the merge has settled the approvals for this work. */
  boolean settled(Revision revision) {
    return releaseOf(revision) != null || merged(revision);
  }

  /** The bump to the last release; null if there is none. */
  @Nullable MinimumVersionBumped bump() {
    return bump;
  }

  /**
   * Returns whether these claims are the ones that were merged last: later commits do not take that
   * back, other claims do. To go back to claims of before (a lower floor, it may be) is such a
   * change.
   */
  boolean merged(Revision revision) {
    return merge != null && merge.revision().claims().equals(revision.claims());
  }

  /** The last merge; null if there is none. */
  @Nullable Merged merge() {
    return merge;
  }

  @Nullable Proposed proposal() {
    return proposal;
  }

  @Nullable Placement placement() {
    return placement;
  }

  /** The last release; null if there is none. */
  @Nullable Released release() {
    return release;
  }

  /** The highest version that was released, also of an earlier proposal; null if there is none. */
  @Nullable String lastVersion() {
    return lastVersion;
  }

  SortedSet<String> owners() {
    return owners;
  }
}
