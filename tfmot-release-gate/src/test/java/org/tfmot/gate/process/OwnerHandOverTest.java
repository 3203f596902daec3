package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;

class OwnerHandOverTest {

  private World world;

  @BeforeEach
  void owned(@TempDir Path folder) throws IOException {
    world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.OWNED);
  }

  @Test
  void handOver_signedByOwnerAndSuccessor_changesTheOwners() throws IOException {
    OwnerChanged change = adaToJoan("ada");

    world.journal.append(world.signed(change).alsoSign(secret("joan")), world.candidate());

    assertEquals("[grace, joan]", world.journal.owners(World.PRUNING).toString());
    assertTrue(world.status().missing().contains("names the owners [ada, grace]"));
    world.owners = List.of("grace", "joan");
    assertNull(world.status().missing());
  }

  @Test
  void handOver_toFewerThanTwo_isRefused() {
    OwnerHandOver handOver = OwnerHandOver.of(world.journal, World.PRUNING).leave("ada");

    refused("at least two owners", () -> handOver.event("ada", "grace", "moving on"));
  }

  @Test
  void handOver_onCallWhoIsNoOwner_isRefused() {
    OwnerHandOver handOver = OwnerHandOver.of(world.journal, World.PRUNING).join("joan");

    refused("tim would be on call", () -> handOver.event("ada", "tim", "help"));
  }

  @Test
  void handOver_successorWhoDidNotSign_isRefused() {
    refused(
        "joan has not signed the hand-over",
        () -> world.journal.append(world.signed(adaToJoan("ada")), world.candidate()));
  }

  @Test
  void handOver_byAStranger_isRefused_butTfmotMay() throws IOException {
    refused(
        "joan is neither one of its owners",
        () -> world.journal.append(world.signed(adaToJoan("joan")), world.candidate()));

    world.journal.append(
        world.signed(adaToJoan("tim")).alsoSign(secret("joan")), world.candidate());

    assertEquals("[grace, joan]", world.journal.owners(World.PRUNING).toString());
  }

  @Test
  void handOver_fromOwnersOfYesterday_isRefused() throws IOException {
    OwnerChanged change = adaToJoan("grace");
    world.journal.append(world.signed(change).alsoSign(secret("joan")), world.candidate());

    refused(
        "is from [ada, grace], but its owners are [grace, joan]",
        () ->
            world.journal.append(world.signed(change).alsoSign(secret("joan")), world.candidate()));
  }

  @Test
  void joinTwice_leaveAsStranger_unknownTechnique_areRefused() {
    OwnerHandOver handOver = OwnerHandOver.of(world.journal, World.PRUNING);

    refused("owns pruning already", () -> handOver.join("ada"));
    refused("does not own pruning", () -> handOver.leave("joan"));
    refused("was not proposed", () -> OwnerHandOver.of(world.journal, "clustering"));
  }

  private OwnerChanged adaToJoan(String by) {
    return OwnerHandOver.of(world.journal, World.PRUNING)
        .join("joan")
        .leave("ada")
        .event(by, "grace", "ada moves on");
  }

  private org.tfmot.gate.signature.SigningKey secret(String name) {
    return world.secrets.get(name);
  }

  private static void refused(
      String sentence, org.junit.jupiter.api.function.Executable executable) {
    String message = assertThrows(IllegalArgumentException.class, executable).getMessage();
    assertTrue(message.contains(sentence), message);
  }
}
