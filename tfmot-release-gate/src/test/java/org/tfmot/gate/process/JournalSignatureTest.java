package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** Who signed a step, with which key, and when. */
class JournalSignatureTest {

  private World world;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    world = new World(folder, PlacementDecision.OFFICIAL);
  }

  @Test
  void append_forgedSignature() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    SignedEvent signed = world.signed(world.approved("tim", ApprovalStep.TFMOT_REVIEW));
    world.commit = World.SECOND;
    // A good signature of tim's, but of the commit before.
    SignedEvent forged =
        new SignedEvent(
            world.approved("tim", ApprovalStep.TFMOT_REVIEW), signed.time(), signed.signatures());
    refused("the signature is not tim's", forged);
    world.commit = World.FIRST;
    SignedEvent backdated =
        new SignedEvent(signed.event(), "2020-01-01T00:00:00Z", signed.signatures());
    refused("the signature is not tim's", backdated);
  }

  @Test
  void append_signedBySomeoneElse_orNobody() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Approved asTim = world.approved("tim", ApprovalStep.TFMOT_REVIEW);

    refused("signed by [ada]", SignedEvent.sign(asTim, world.secrets.get("ada")));
    refused("signed by nobody", new SignedEvent(asTim, "2026-01-01T00:00:00Z", List.of()));
  }

  @Test
  void append_unknownKey() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Approved approved = world.approved("tim", ApprovalStep.TFMOT_REVIEW);

    refused("the signer is not trusted", SignedEvent.sign(approved, SigningKey.generate()));
  }

  @Test
  void append_signedInTheFuture() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Clock fast = Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC);

    refused(
        "still to come",
        SignedEvent.sign(
            world.approved("tim", ApprovalStep.TFMOT_REVIEW), world.secrets.get("tim"), fast));
  }

  @Test
  void append_keyThatEnded_butWhatItSignedBeforeGoesOnCounting() throws IOException {
    world.upTo(ProcessState.PLACED);
    TrustedKeys ended = withEnd("olga", Instant.now().plusSeconds(1));
    Journal later = Journal.open(world.file, ended);
    assertEquals(2, later.entries().size());

    TrustedKeys before = withEnd("olga", Instant.parse("2026-01-01T00:00:00Z"));
    LedgerException refused =
        assertThrows(LedgerException.class, () -> Journal.open(world.file, before));
    assertEquals(2, refused.line());
    assertTrue(refused.reason().contains("the key of olga ended"), refused.reason());
  }

  @Test
  void append_signedWithAKeyThatHasEndedSince() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Instant now = Instant.now();
    Journal later = Journal.open(world.file, withEnd("grace", now.minus(Duration.ofHours(1))));
    Clock yesterday = Clock.fixed(now.minus(Duration.ofDays(1)), ZoneOffset.UTC);
    SignedEvent backdated =
        SignedEvent.sign(
            new ProcessEvent.OwnerChanged(
                World.PRUNING,
                "grace",
                new TreeSet<>(world.owners),
                new TreeSet<>(world.owners),
                "grace",
                "nothing"),
            world.secrets.get("grace"),
            yesterday);

    String message =
        assertThrows(
                ProcessRefusedException.class, () -> later.append(backdated, world.candidate()))
            .getMessage();

    assertTrue(message.contains("is not taken any more"), message);
  }

  private TrustedKeys withEnd(String name, Instant until) {
    List<TrustedKey> entries = new ArrayList<>();
    for (TrustedKey key : world.keys.keys()) {
      entries.add(
          key.name().equals(name)
              ? new TrustedKey(key.name(), key.team(), key.publicKey(), until.toString())
              : key);
    }
    return new TrustedKeys(entries);
  }

  private void refused(String sentence, SignedEvent step) {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> world.journal.append(step, world.candidate()))
            .getMessage();
    assertTrue(message.contains(sentence), message);
  }
}
