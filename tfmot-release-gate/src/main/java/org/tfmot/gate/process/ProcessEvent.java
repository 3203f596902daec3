package org.tfmot.gate.process;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain;

/** A step of the process: what was done, to which technique, by whom. Each is signed. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "@type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ProcessEvent.Proposed.class, name = "proposed"),
  @JsonSubTypes.Type(value = ProcessEvent.Placed.class, name = "placed"),
  @JsonSubTypes.Type(value = ProcessEvent.Reproduced.class, name = "reproduced"),
  @JsonSubTypes.Type(value = ProcessEvent.Approved.class, name = "approved"),
  @JsonSubTypes.Type(value = ProcessEvent.Released.class, name = "released"),
  @JsonSubTypes.Type(value = ProcessEvent.MinimumVersionBumped.class, name = "bumped"),
  @JsonSubTypes.Type(value = ProcessEvent.Merged.class, name = "merged"),
  @JsonSubTypes.Type(value = ProcessEvent.OwnerChanged.class, name = "owners")
})
public sealed interface ProcessEvent {

  /** The technique's name. */
  String technique();

  /** Returns the name of the signer. */
  String by();

  /** Returns the revision that it is pinned to; null if it is not. */
  default @Nullable Revision pinnedTo() {
    return null;
  }

  /**
   * The author puts an RFC up for placement. Doing so again starts the process again.
   *
   * @param by the author
   * @param owners who will answer for it, at least two
   * @param rfc digest of the RFC's file
   */
  record Proposed(String technique, String by, SortedSet<String> owners, Digest rfc)
      implements ProcessEvent {

    /** Copies the set. */
    public Proposed {
      owners = atLeastTwo(technique, owners);
    }

    /**
     * The proposal of an RFC.
     *
     * @throws IllegalArgumentException if it is a draft, or withdrawn
     */
    public static Proposed of(Rfc rfc) {
      if (rfc.status() == RfcStatus.DRAFT || rfc.status() == RfcStatus.WITHDRAWN) {
        throw new ProcessRefusedException(
            "the RFC of %s is %s: set its status to %s to propose it"
                .formatted(rfc.technique(), rfc.status(), RfcStatus.REVIEW));
      }
      return new Proposed(rfc.technique(), rfc.author(), new TreeSet<>(rfc.owners()), rfc.digest());
    }
  }

  /**
   * The Official Models team decides where the example lives.
   *
   * @param rfc digest of the RFC that was read: a decision is not carried over to another text
   * @param placement with scores and rationale
   */
  record Placed(String technique, String by, Digest rfc, Placement placement)
      implements ProcessEvent {}

  /**
   * A reviewer ran the example and came to PASS on every claim.
   *
   * @param by a TFMOT reviewer who is not the author
   * @param revision what was run
   * @param ledger the head of the reviewer's own ledger after the runs
   * @param passed the claims that passed, all of them
   */
  record Reproduced(
      String technique,
      String by,
      Revision revision,
      HashChain.Head ledger,
      SortedSet<String> passed)
      implements ProcessEvent {

    /** Copies the set. */
    public Reproduced {
      passed = Collections.unmodifiableSortedSet(new TreeSet<>(passed));
      if (ledger.lines() < 1) {
        throw new ProcessRefusedException(
            "the reproduction of %s has an empty ledger: nothing was run".formatted(technique));
      }
    }

    @Override
    public Revision pinnedTo() {
      return revision;
    }
  }

  /**
   * An approval.
   *
   * @param step which one
   * @param revision what is approved, and nothing else
   */
  record Approved(String technique, String by, ApprovalStep step, Revision revision)
      implements ProcessEvent {

    @Override
    public Revision pinnedTo() {
      return revision;
    }
  }

  /**
   * A stable version with the technique is out.
   *
   * @param by someone of the release team
   * @param revision what was released
   * @param version {@code major.minor.patch}
   * @param attestation digest of the attestation file that was deployed with it
   */
  record Released(
      String technique, String by, Revision revision, String version, Digest attestation)
      implements ProcessEvent {

    /** Checks the version. */
    public Released {
      Versions.released(version);
    }

    @Override
    public Revision pinnedTo() {
      return revision;
    }
  }

  /**
   * The lower bound of the consumer's POM was raised to a release; the example holds on both ends.
   *
   * @param coordinates {@code groupId:artifactId} of the dependency
   * @param from the bound before
   * @param to the bound now
   * @param newest the newest version in range that the example was run on
   * @param pom digest of the changed POM
   */
  record MinimumVersionBumped(
      String technique,
      String by,
      String coordinates,
      String from,
      String to,
      String newest,
      Digest pom)
      implements ProcessEvent {

    /** Checks the versions. */
    public MinimumVersionBumped {
      if (!Versions.released(to).isGreaterThan(Versions.lenient(from))) {
        throw new ProcessRefusedException(
            "%s to %s is no bump: the minimum version only goes up".formatted(from, to));
      }
      if (Versions.released(newest).isLowerThan(Versions.released(to))) {
        throw new ProcessRefusedException(
            "the newest version that was tried, %s, is older than the new bound %s"
                .formatted(newest, to));
      }
    }

    /** The event for a bump that was written. */
    public static MinimumVersionBumped of(String technique, String by, BumpResult bump) {
      return new MinimumVersionBumped(
          technique,
          by,
          bump.coordinates(),
          bump.from(),
          bump.to(),
          bump.newest(),
          bump.pomDigest());
    }
  }

  /**
   * The example is in its place.
   *
   * @param revision what was merged; the one with the final approval
   */
  record Merged(String technique, String by, Revision revision) implements ProcessEvent {

    @Override
    public Revision pinnedTo() {
      return revision;
    }
  }

  /**
   * Owners change. Everyone who becomes one signs too.
   *
   * @param by one of the owners before, or TFMOT
   * @param from the owners before
   * @param to the owners now, at least two
   * @param onCall which of them to call first
   * @param reason for the change
   */
  record OwnerChanged(
      String technique,
      String by,
      SortedSet<String> from,
      SortedSet<String> to,
      String onCall,
      String reason)
      implements ProcessEvent {

    /** Copies the sets. */
    public OwnerChanged {
      from = Collections.unmodifiableSortedSet(new TreeSet<>(from));
      to = atLeastTwo(technique, to);
      if (!to.contains(onCall)) {
        throw new ProcessRefusedException(
            "%s would be on call for %s without being an owner: name one of %s"
                .formatted(onCall, technique, to));
      }
    }

    /** Returns the new owners. */
    public SortedSet<String> joining() {
      SortedSet<String> joining = new TreeSet<>(to);
      joining.removeAll(from);
      return joining;
    }
  }

  private static SortedSet<String> atLeastTwo(String technique, Collection<String> owners) {
    SortedSet<String> copy = new TreeSet<>(owners);
    if (copy.size() < 2) {
      throw new ProcessRefusedException(
          "%s would be owned by %s: a technique has at least two owners, so that one may leave"
              .formatted(technique, copy));
    }
    return Collections.unmodifiableSortedSet(copy);
  }
}
