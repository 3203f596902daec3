package org.tfmot.gate.maven.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.Signer;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.OwnerHandOver;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;
import org.tfmot.gate.process.SignedEvent;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * A change of owners on its way from one signer to the next. Signatures are proven when it is
 * appended to the journal; who has signed is told here by the ids of the keys.
 *
 * @param step with the signatures that it has
 * @param change what is signed
 */
record HandOver(SignedEvent step, OwnerChanged change) {

  /**
   * Requested change of owners.
   *
   * @param join who becomes an owner
   * @param leave who stops being one
   * @param onCall which of the new owners to call first
   * @param reason for the change
   */
  record Wish(List<String> join, List<String> leave, @Nullable String onCall, String reason) {}

  /**
   * A change, with its first signature.
   *
   * @throws IllegalArgumentException if it cannot be made
   */
  static HandOver begin(Journal journal, String technique, Wish wish, Signer signer) {
    if (wish.join().isEmpty() && wish.leave().isEmpty()) {
      throw new IllegalArgumentException(
          "nobody joins and nobody leaves %s: -Dgate.join=<names> or -Dgate.leave=<names>"
              .formatted(technique));
    }
    OwnerHandOver handOver = OwnerHandOver.of(journal, technique);
    wish.join().forEach(handOver::join);
    wish.leave().forEach(handOver::leave);
    OwnerChanged change =
        handOver.event(
            signer.name(),
            GoalArguments.required(wish.onCall(), "-Dgate.onCall, one of the new owners"),
            wish.reason());
    return new HandOver(SignedEvent.sign(change, signer.key()), change);
  }

  /**
   * Reads one that someone signed before.
   *
   * @throws IllegalArgumentException if the file holds another step
   */
  static HandOver read(Path file) throws IOException {
    SignedEvent step = Json.read(file, SignedEvent.class);
    if (step.event() instanceof OwnerChanged change) {
      return new HandOver(step, change);
    }
    throw new IllegalArgumentException(
        "%s is no change of owners, but another step of %s"
            .formatted(file, step.event().technique()));
  }

  void write(Path file) throws IOException {
    Json.write(file, step);
  }

  /**
   * One more signature.
   *
   * @throws IllegalArgumentException if the signer has signed, or is not asked
   */
  HandOver sign(Signer signer, TrustedKeys keys) {
    SortedSet<String> missing = missing(keys);
    if (!missing.contains(signer.name())) {
      throw new IllegalArgumentException(
          "%s need not sign this change of the owners of %s (again): it waits for %s"
              .formatted(signer.name(), change.technique(), missing));
    }
    return new HandOver(step.alsoSign(signer.key()), change);
  }

  /** Returns the owners whose signatures are missing. */
  SortedSet<String> missing(TrustedKeys keys) {
    SortedSet<String> missing = new TreeSet<>(change.joining());
    missing.add(change.by());
    for (TrustedKey key : keys.keys()) {
      if (step.signatures().stream().anyMatch(s -> key.keyId().equals(s.keyid()))) {
        missing.remove(key.name());
      }
    }
    return missing;
  }

  /** Describes the change to those who sign it. */
  String words() {
    return "owners of %s: %s become %s, on call %s; %s says: %s"
        .formatted(
            change.technique(),
            change.from(),
            change.to(),
            change.onCall(),
            change.by(),
            change.reason());
  }
}
