package org.tfmot.gate.process;

import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import org.semver4j.Semver;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.process.ProcessEvent.Merged;
import org.tfmot.gate.process.ProcessEvent.MinimumVersionBumped;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;
import org.tfmot.gate.process.ProcessEvent.Placed;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Released;
import org.tfmot.gate.process.ProcessEvent.Reproduced;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;

/**
 * Order of the steps for a technique, and the teams that may take them. {@code docs/process.md}
 * says the same in words.
 */
final class StepOrder {

  private final String technique;
  private final TechniqueHistory history;

  StepOrder(String technique, TechniqueHistory history) {
    this.technique = technique;
    this.history = history;
  }

  /** Refuses a step that is not due, or not for this person to take. */
  void check(ProcessEvent event, TrustedKey by, Set<String> signers) {
    if (event instanceof Proposed proposed) {
      checkProposed(proposed);
      return;
    }
    if (history.proposal() == null) {
      throw refused("it was not proposed: its author proposes its RFC first");
    }
    if (event instanceof Placed placed) {
      checkPlaced(placed, by);
    } else if (event instanceof Reproduced) {
      checkReproduced(by);
    } else if (event instanceof Approved approved) {
      checkApproved(approved, by);
    } else if (event instanceof Released released) {
      checkReleased(released, by);
    } else if (event instanceof MinimumVersionBumped bumped) {
      checkBumped(bumped);
    } else if (event instanceof Merged merged) {
      checkMerged(merged, by);
    } else if (event instanceof OwnerChanged change) {
      checkOwners(change, by, signers);
    }
  }

  private void checkProposed(Proposed proposed) {
    Proposed proposal = history.proposal();
    if (proposal == null) {
      return;
    }
    if (!proposal.by().equals(proposed.by())) {
      throw refused(
          "it was proposed by %s and cannot be proposed again by %s: its author would be another",
          proposal.by(), proposed.by());
    }
    if (!history.owners().equals(proposed.owners())) {
      throw refused(
          "its owners are %s; they change through a hand-over, not through a new proposal",
          history.owners());
    }
  }

  private void checkPlaced(Placed placed, TrustedKey by) {
    notByAuthor("placed", by);
    team("placed", by, Team.OFFICIAL_MODELS);
    Released release = history.release();
    if (release != null) {
      throw refused("it was released in %s; propose it again to move it", release.version());
    }
    Proposed proposal = history.proposal();
    if (proposal != null && !proposal.rfc().equals(placed.rfc())) {
      throw refused(
          "the placement is of another text of its RFC (%s) than the one that was proposed (%s)",
          placed.rfc(), proposal.rfc());
    }
  }

  private void checkReproduced(TrustedKey by) {
    notByAuthor("reproduced", by);
    team("reproduced", by, Team.TFMOT);
    if (history.placement() == null) {
      throw refused("it cannot be reproduced yet: it has no placement");
    }
  }

  private void checkApproved(Approved approved, TrustedKey by) {
    Placement place = history.placement();
    notByAuthor("approved", by);
    if (place == null) {
      throw refused("%s is out of order: it has no placement yet", approved.step());
    }
    ApprovalStep step = approved.step();
    team("approved (" + step + ")", by, step.team(place.decision()));
    Revision revision = approved.revision();
    switch (step) {
      case TFMOT_REVIEW -> {
        if (!history.reproduced(revision)) {
          throw refused(
              "%s is out of order: nobody has reproduced these claims with this example yet", step);
        }
      }
      case MAY_DEPEND -> {
        if (place.decision() != PlacementDecision.OFFICIAL) {
          throw refused("it lives in the fork: %s is not asked for", step);
        }
        if (!history.approved(ApprovalStep.TFMOT_REVIEW, revision)) {
          throw refused(
              "%s is out of order: TFMOT approves commit %s first", step, revision.shortCommit());
        }
      }
      case FINAL -> {
        if (history.releaseOf(revision) == null) {
          throw refused(
              "%s is out of order: no stable release has these claims and this example", step);
        }
        if (history.bump() == null) {
          throw refused(
              "%s is out of order: the consumer's minimum version was not raised yet", step);
        }
      }
    }
  }

  private void checkReleased(Released released, TrustedKey by) {
    team("released", by, Team.RELEASE);
    for (ApprovalStep step : history.stepsBeforeRelease()) {
      if (!history.settled(released.revision()) && !history.approved(step, released.revision())) {
        throw refused(
            "it cannot be released: commit %s lacks %s", released.revision().shortCommit(), step);
      }
    }
    Semver version = Versions.released(released.version());
    String lastVersion = history.lastVersion();
    if (lastVersion != null && !version.isGreaterThan(Versions.released(lastVersion))) {
      throw refused("version %s does not follow %s", version, lastVersion);
    }
  }

  private void checkBumped(MinimumVersionBumped bumped) {
    Released released = history.release();
    if (released == null) {
      throw refused("no minimum version can be raised to it: it was not released yet");
    }
    if (Versions.released(bumped.to()).isLowerThan(Versions.released(released.version()))) {
      throw refused(
          "the minimum version %s is older than its release %s", bumped.to(), released.version());
    }
  }

  private void checkMerged(Merged merged, TrustedKey by) {
    Placement place = history.placement();
    if (place == null || !history.approved(ApprovalStep.FINAL, merged.revision())) {
      throw refused(
          "it cannot be merged: commit %s lacks %s",
          merged.revision().shortCommit(), ApprovalStep.FINAL);
    }
    team("merged", by, ApprovalStep.FINAL.team(place.decision()));
  }

  private void checkOwners(OwnerChanged change, TrustedKey by, Set<String> signers) {
    SortedSet<String> owners = history.owners();
    if (!owners.equals(change.from())) {
      throw refused(
          "the hand-over is from %s, but its owners are %s: read the journal again",
          change.from(), owners);
    }
    if (!owners.contains(by.name()) && by.team() != Team.TFMOT) {
      throw refused(
          "%s is neither one of its owners %s nor of TFMOT, and cannot hand it over",
          by.name(), owners);
    }
    for (String joining : change.joining()) {
      if (!signers.contains(joining)) {
        throw refused("%s has not signed the hand-over: nobody becomes an owner unasked", joining);
      }
    }
  }

  private void notByAuthor(String done, TrustedKey by) {
    Proposed proposal = history.proposal();
    if (proposal != null && by.name().equals(proposal.by())) {
      throw refused("it cannot be %s by %s, who is its author", done, by.name());
    }
  }

  private void team(String done, TrustedKey by, Team team) {
    if (by.team() != team) {
      throw refused("it is %s by %s; %s is of %s", done, team, by.name(), by.team());
    }
  }

  private ProcessRefusedException refused(String problem, @Nullable Object... values) {
    return new ProcessRefusedException(technique + ": " + problem.formatted(values));
  }
}
