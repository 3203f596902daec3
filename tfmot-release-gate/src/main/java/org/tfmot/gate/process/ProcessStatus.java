package org.tfmot.gate.process;

import java.util.List;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Released;

/**
 * Present status of a technique in the process.
 *
 * @param technique its name
 * @param state the last state that is reached
 * @param missing the one thing that is missing next, or that has to be corrected first; null if
 *     nothing is
 * @param contradicted whether the descriptor says something else than the journal
 * @param releasable whether everything that is asked for before a release is there, and the
 *     descriptor says what the journal says
 * @param timeline every step, with whether it still counts
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ProcessStatus(
    String technique,
    ProcessState state,
    @Nullable String missing,
    boolean contradicted,
    boolean releasable,
    List<TimelineEntry> timeline) {

  /** Copies the list. */
  public ProcessStatus {
    timeline = List.copyOf(timeline);
  }

  /** The status of a technique at its present commit. */
  public static ProcessStatus of(Journal journal, Candidate candidate) {
    String technique = candidate.descriptor().technique();
    Revision now = candidate.revision();
    TechniqueHistory history = journal.history(technique);
    ProcessState state = state(history, now);
    List<TimelineEntry> timeline = Timeline.of(journal, technique, now);
    String contradiction = contradiction(history, candidate);
    String missing =
        contradiction != null ? contradiction : missing(state, history, candidate, timeline);
    boolean releasable = contradiction == null && state.compareTo(ProcessState.RELEASABLE) >= 0;
    return new ProcessStatus(
        technique, state, missing, contradiction != null, releasable, timeline);
  }

  /** Returns for a terminal: state, and what is missing next. */
  @Override
  public String toString() {
    String next = missing == null ? "" : (contradicted ? "; but " : "; missing: ") + missing;
    return "%s: %s%s".formatted(technique, state, next);
  }

  private static ProcessState state(TechniqueHistory history, Revision now) {
    if (history.proposal() == null) {
      return ProcessState.DRAFT;
    }
    if (history.placement() == null) {
      return ProcessState.RFC_REVIEW;
    }
    if (history.merged(now)) {
      return ProcessState.OWNED;
    }
    if (!history.reproduced(now)) {
      return ProcessState.PLACED;
    }
    if (history.releaseOf(now) != null) {
      if (history.bump() == null) {
        return ProcessState.RELEASED;
      }
      return history.approved(ApprovalStep.FINAL, now)
          ? ProcessState.FINALLY_APPROVED
          : ProcessState.MINIMUM_VERSION_BUMPED;
    }
    if (!history.approved(ApprovalStep.TFMOT_REVIEW, now)) {
      return ProcessState.REPRODUCED;
    }
    return history.stepsBeforeRelease().stream().allMatch(step -> history.approved(step, now))
        ? ProcessState.RELEASABLE
        : ProcessState.TFMOT_APPROVED;
  }

  /** Describes where the descriptor contradicts the journal; null if it does not. */
  private static @Nullable String contradiction(TechniqueHistory history, Candidate candidate) {
    Placement placement = history.placement();
    if (placement != null && placement.decision() != candidate.descriptor().placement()) {
      return "the descriptor says %s, but it was placed: %s. Correct the descriptor"
          .formatted(candidate.descriptor().placement(), placement.decision());
    }
    if (history.proposal() != null && !history.owners().equals(candidate.owners())) {
      return "the descriptor names the owners %s, the journal %s. Correct the descriptor, or hand over"
          .formatted(candidate.owners(), history.owners());
    }
    return null;
  }

  private static @Nullable String missing(
      ProcessState state,
      TechniqueHistory history,
      Candidate candidate,
      List<TimelineEntry> timeline) {
    String author = author(history);
    String commit = candidate.revision().shortCommit();
    return switch (state) {
      case DRAFT -> "its proposal: the author signs its RFC";
      case RFC_REVIEW ->
          "its placement, by OFFICIAL_MODELS, with a score for each criterion (gate:place)";
      case PLACED ->
          "a reproduction of its %d claims by TFMOT, not by %s"
                  .formatted(candidate.claimIds().size(), author)
              + voided(timeline, "reproduced");
      case REPRODUCED -> approval(ApprovalStep.TFMOT_REVIEW, history, commit, timeline);
      case TFMOT_APPROVED -> approval(ApprovalStep.MAY_DEPEND, history, commit, timeline);
      case RELEASABLE -> "a stable release of commit " + commit;
      case RELEASED ->
          "the consumer's minimum version raised to %s (gate:bump)"
              .formatted(version(history, candidate.revision()));
      case MINIMUM_VERSION_BUMPED -> approval(ApprovalStep.FINAL, history, commit, timeline);
      case FINALLY_APPROVED -> "the merge of commit " + commit;
      case OWNED -> null;
    };
  }

  private static String approval(
      ApprovalStep step, TechniqueHistory history, String commit, List<TimelineEntry> timeline) {
    Placement placement = history.placement();
    return "the approval %s of commit %s by %s, not by %s (gate:approve)"
            .formatted(
                step,
                commit,
                placement == null ? "a reviewer" : step.team(placement.decision()),
                author(history))
        + voided(timeline, "approved (" + step);
  }

  /** Whoever gave what is missing before wants to know why it does not count any more. */
  private static String voided(List<TimelineEntry> timeline, String what) {
    String notes =
        timeline.stream()
            .filter(entry -> !entry.counts() && entry.what().startsWith(what))
            .map(entry -> "that of %s is void: %s".formatted(entry.by(), entry.note()))
            .distinct()
            .collect(Collectors.joining("; "));
    return notes.isEmpty() ? "" : "; " + notes;
  }

  private static String author(TechniqueHistory history) {
    Proposed proposal = history.proposal();
    return proposal == null ? "the author" : proposal.by();
  }

  private static String version(TechniqueHistory history, Revision now) {
    Released release = history.releaseOf(now);
    return release == null ? "the release" : release.version();
  }
}
