package org.tfmot.gate.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.process.ProcessEvent.MinimumVersionBumped;
import org.tfmot.gate.process.ProcessEvent.Proposed;
import org.tfmot.gate.process.ProcessEvent.Reproduced;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * The steps of all techniques: an append-only, hash-chained file in which every line is signed by
 * whoever took the step. The state is computed from it each time. Reading it verifies every line's
 * digest, signatures and place in the order.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Journal {

  private final Path file;
  private final HashChain<SignedEvent> chain;
  private final ProcessRules rules;

  private Journal(Path file, HashChain<SignedEvent> chain, ProcessRules rules) {
    this.file = file;
    this.chain = chain;
    this.rules = rules;
  }

  /**
   * Opens a journal for appending; a missing file is an empty one.
   *
   * @throws org.tfmot.gate.ledger.LedgerException if a line was removed, changed, forged or is out
   *     of order, with its number and the reason
   */
  public static Journal open(Path file, TrustedKeys keys) throws IOException {
    ProcessRules rules = new ProcessRules(keys);
    return new Journal(file, HashChain.open(file, SignedEvent.class, rules), rules);
  }

  /** As {@link #open}, but the file must exist and is not touched. */
  public static Journal read(Path file, TrustedKeys keys) throws IOException {
    ProcessRules rules = new ProcessRules(keys);
    return new Journal(file, HashChain.read(file, SignedEvent.class, rules), rules);
  }

  /**
   * Takes a step.
   *
   * @param candidate the technique as it is now: what the step is pinned to must be that
   * @throws IllegalArgumentException if the step may not be taken, with the reason
   */
  public void append(SignedEvent step, Candidate candidate) throws IOException {
    checkAgainst(step.event(), candidate);
    chain.append(step);
  }

  /**
   * Refuses a step that {@link #append} would refuse, and writes nothing: for steps that are
   * prepared at length.
   *
   * @throws IllegalArgumentException if the step may not be taken, with the reason
   */
  public void check(SignedEvent step, Candidate candidate) {
    checkAgainst(step.event(), candidate);
    rules.check(step, true);
  }

  private static void checkAgainst(ProcessEvent event, Candidate candidate) {
    String technique = candidate.descriptor().technique();
    if (!event.technique().equals(technique)) {
      throw new ProcessRefusedException(
          "the step is for %s, not for %s".formatted(event.technique(), technique));
    }
    Revision pinned = event.pinnedTo();
    String difference = pinned == null ? "" : pinned.difference(candidate.revision());
    if (!difference.isEmpty()) {
      throw new ProcessRefusedException(
          "%s: what %s signed does not count: %s. Look at what is there now and sign that"
              .formatted(technique, event.by(), difference));
    }
    if (event instanceof Proposed proposed && !proposed.owners().equals(candidate.owners())) {
      throw new ProcessRefusedException(
          "%s: the RFC names the owners %s and the descriptor %s: make them the same"
              .formatted(technique, proposed.owners(), candidate.owners()));
    }
    if (event instanceof Reproduced reproduced) {
      SortedSet<String> missing = new TreeSet<>(candidate.claimIds());
      missing.removeAll(reproduced.passed());
      if (!missing.isEmpty()) {
        throw new ProcessRefusedException(
            "%s is not reproduced: %s did not come to PASS".formatted(technique, missing));
      }
    }
  }

  /** All lines, in order. */
  public List<HashChain.Entry<SignedEvent>> entries() {
    return chain.entries();
  }

  /** The names of the techniques in it. */
  public SortedSet<String> techniques() {
    SortedSet<String> names = new TreeSet<>();
    entries().forEach(entry -> names.add(entry.body().event().technique()));
    return names;
  }

  /** Returns the owners of a technique now; empty before it is proposed. */
  public SortedSet<String> owners(String technique) {
    return new TreeSet<>(history(technique).owners());
  }

  /**
   * Returns the last bump of a dependency for a technique, since its last release.
   *
   * @param coordinates {@code groupId:artifactId}
   */
  public Optional<MinimumVersionBumped> bump(String technique, String coordinates) {
    return Optional.ofNullable(history(technique).bump())
        .filter(bump -> bump.coordinates().equals(coordinates));
  }

  /** Its state, to be kept elsewhere: an attestation does. */
  public HashChain.Head head() {
    return chain.head();
  }

  /**
   * Refuses a journal that is not, or does not continue, the one that had this head: the only way
   * to see that lines were taken from its end.
   *
   * @throws IllegalArgumentException if it is not
   */
  public void require(HashChain.Head head) {
    if (!chain.contains(head)) {
      throw new ProcessRefusedException(
          "%s is not the journal that had %d lines and the head %s: lines at its end were removed"
                  .formatted(file, head.lines(), head.digest())
              + " or replaced; restore it from a copy");
    }
  }

  TechniqueHistory history(String technique) {
    return rules.history(technique);
  }
}
