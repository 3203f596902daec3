package org.tfmot.gate.maven;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateOptions;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.engine.ReleasePolicy;
import org.tfmot.gate.engine.Runners;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerMerge;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** A ledger that was deleted, and begun again. */
class LedgerContinuityTest {

  @TempDir Path folder;
  private final SigningKey machine = SigningKey.generate();
  private Runners runners;
  private Toy toy;
  private Git git;

  @BeforeEach
  void init() throws Exception {
    toy = new Toy(folder);
    String later = Instant.now().plus(Duration.ofDays(9)).toString();
    runners =
        Runners.of(
            new TrustedKeys(
                List.of(new TrustedKey("machine", Team.RUNNER, machine.publicKey(), later))),
            ReleasePolicy.STANDARD);
    git = new Git(folder);
    git.ask("init", "-q");
    Files.writeString(folder.resolve("code"), "1");
    commit();
  }

  private void commit() throws Exception {
    git.ask("add", "-A");
    git.ask("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "c");
  }

  private Path file() {
    return toy.spec().ledger();
  }

  private GateResult run(boolean signed) throws Exception {
    GateOptions options =
        signed ? GateOptions.STANDARD.withRunners(runners, machine) : GateOptions.STANDARD;
    return new Gate(toy.spec().with(options)).run(GateListener.NONE);
  }

  /** Runs of another build that nobody signed: they have a key of their own. */
  private void runAnotherBuild() throws Exception {
    GateSpec spec = toy.spec();
    new Gate(
            new GateSpec(
                spec.techniques(),
                spec.tests(),
                spec.subjects(),
                Digest.of(new byte[] {7}),
                spec.datasets(),
                spec.hardware(),
                spec.reproducer(),
                spec.ledger(),
                spec.output(),
                GateOptions.STANDARD))
        .run(GateListener.NONE);
  }

  private LedgerContinuity continuity() throws Exception {
    return new LedgerContinuity(Ledger.open(file()));
  }

  private void accepted() {
    assertDoesNotThrow(() -> continuity().requireCommitted(git, file(), runners));
  }

  private String refused() {
    return assertThrows(
            IllegalStateException.class, () -> continuity().requireCommitted(git, file(), runners))
        .getMessage();
  }

  private static ConvergencePredicate attested(GateResult result) {
    return new ConvergencePredicate(
        "gate 1",
        Instant.now().toString(),
        "1234567890".repeat(4),
        result.claimsDigests(),
        result.inputs(),
        result.ledger(),
        null,
        result.attested());
  }

  @Test
  void ledgerThatWasCommitted_andIsDeleted_isMissed_withWhereToGetIt() throws Exception {
    run(true);
    accepted();
    commit();
    String commit = git.head().substring(0, 10);
    accepted();
    Files.delete(file());
    String message = refused();
    assertTrue(message.contains("the ledger lacks run 1 of "), message);
    assertTrue(message.contains(" by machine, which commit " + commit + " has: "), message);
    assertTrue(message.contains("git checkout %s -- ".formatted(commit)), message);
  }

  /** Neither is a deletion forgotten that was committed, nor a version from before it. */
  @Test
  void deletionThatWasCommitted_isMissed_untilTheRunsAreBack() throws Exception {
    run(true);
    byte[] whole = Files.readAllBytes(file());
    commit();
    Files.delete(file());
    commit();
    assertTrue(refused().contains("the ledger lacks run 1 of "));
    Files.writeString(folder.resolve("code"), "2");
    commit();
    assertTrue(refused().contains("the ledger lacks run 1 of "));
    Files.write(file(), whole);
    accepted();
  }

  @Test
  void longerLedger_mergedOnes_andUnsignedRuns_areNoLoss() throws Exception {
    run(false);
    commit();
    Files.delete(file());
    accepted();
    run(true);
    commit();
    Path mine = folder.resolve("mine.jsonl");
    Files.move(file(), mine);
    runAnotherBuild();
    assertTrue(refused().contains("the ledger lacks run 1 of "));
    LedgerMerge.merge(List.of(mine), file());
    Files.delete(mine);
    accepted();
    commit();
    accepted();
  }

  @Test
  void damagedVersion_provesNothing() throws Exception {
    Files.createDirectories(file().resolveSibling(""));
    Files.writeString(file(), "<<<<<<< HEAD\n");
    commit();
    Files.delete(file());
    accepted();
  }

  /** A line that cannot be read, before the file is deleted, hides nothing. */
  @Test
  void damagedVersion_doesNotHideTheOneBefore() throws Exception {
    run(true);
    commit();
    Files.writeString(file(), "no record\n", StandardOpenOption.APPEND);
    commit();
    Files.delete(file());
    commit();
    assertTrue(refused().contains("the ledger lacks run 1 of "));
  }

  @Test
  void attestedRuns_haveToBeThere_alsoInAMergedLedger() throws Exception {
    GateResult result = run(true);
    ConvergencePredicate attested = attested(result);
    assertDoesNotThrow(() -> continuity().requireAttested(attested));
    Path old = folder.resolve("old.jsonl");
    Files.move(file(), old);
    String message =
        assertThrows(IllegalStateException.class, () -> continuity().requireAttested(attested))
            .getMessage();
    assertTrue(message.matches("the ledger lacks \\d+ of the \\d+ runs of pruning/toy.*"), message);
    assertTrue(message.contains("release of commit 1234567890 was attested with"), message);
    runAnotherBuild();
    assertThrows(IllegalStateException.class, () -> continuity().requireAttested(attested));
    LedgerMerge.merge(List.of(old), file());
    assertDoesNotThrow(() -> continuity().requireAttested(attested));
  }

  @Test
  void lastRelease_isBeforeALaterOneOfTheSameModules() throws Exception {
    ConvergencePredicate attested = attested(run(false));
    LastRelease one = new LastRelease(attested, new TreeSet<>(List.of("g:a", "g:b")));
    ConvergencePredicate later =
        new ConvergencePredicate(
            attested.gate(),
            Instant.now().plusSeconds(9).toString(),
            attested.commit(),
            attested.claimsDigests(),
            attested.inputs(),
            attested.ledger(),
            null,
            attested.claims());
    assertTrue(one.isBefore(new LastRelease(later, new TreeSet<>(List.of("g:b")))));
    assertFalse(one.isBefore(new LastRelease(later, new TreeSet<>(List.of("g:c")))));
    assertFalse(new LastRelease(later, one.modules()).isBefore(one));
    assertEquals(attested.commit(), one.commit());
  }
}
