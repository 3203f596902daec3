package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;

class ProcessStatusTest {

  @TempDir Path folder;

  @Test
  void official_everyStateInItsOrder() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL);
    List<ProcessState> states = new ArrayList<>();
    for (ProcessState state : ProcessState.values()) {
      states.add(world.upTo(state).status().state());
    }

    assertEquals(List.of(ProcessState.values()), states);
    assertNull(world.status().missing());
    assertEquals("pruning: OWNED", world.status().toString());
  }

  @Test
  void fork_isNotAskedWhetherItMayDepend() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.REPRODUCED);

    world.take(world.approved("tim", ApprovalStep.TFMOT_REVIEW));

    assertEquals(ProcessState.RELEASABLE, world.status().state());
    assertTrue(world.status().releasable());
    assertEquals(ProcessState.OWNED, world.upTo(ProcessState.OWNED).status().state());
  }

  @Test
  void missing_namesTheOneThingAndWhoGivesIt() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL);
    assertEquals("its proposal: the author signs its RFC", world.status().missing());
    assertMissing(world, ProcessState.RFC_REVIEW, "its placement, by OFFICIAL_MODELS");
    assertMissing(
        world, ProcessState.PLACED, "a reproduction of its 1 claims by TFMOT, not by ada");
    assertMissing(
        world,
        ProcessState.REPRODUCED,
        "the approval TFMOT_REVIEW of commit 1111111111 by TFMOT, not by ada");
    assertMissing(world, ProcessState.TFMOT_APPROVED, "MAY_DEPEND of commit 1111111111 by OFFIC");
    assertMissing(world, ProcessState.RELEASABLE, "a stable release of commit 1111111111");
    assertMissing(world, ProcessState.RELEASED, "minimum version raised to 0.1.0");
    assertMissing(world, ProcessState.MINIMUM_VERSION_BUMPED, "the approval FINAL of commit");
    assertMissing(world, ProcessState.FINALLY_APPROVED, "the merge of commit 1111111111");
  }

  @Test
  void newCommit_voidsApprovals_butNotTheReproduction() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.RELEASABLE);
    world.commit = World.SECOND;

    ProcessStatus status = world.status();

    assertEquals(ProcessState.REPRODUCED, status.state());
    assertTrue(
        status.missing().contains("that of tim is void: it is for commit 1111111111"),
        status.missing());
    assertEquals(
        List.of(true, true, true, false, false),
        status.timeline().stream().map(TimelineEntry::counts).toList());
    world.take(world.approved("tim", ApprovalStep.TFMOT_REVIEW));
    assertEquals(ProcessState.TFMOT_APPROVED, world.status().state());
  }

  @Test
  void changedClaims_voidEverythingAfterThePlacement() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.RELEASABLE);
    world.documented = 110_000;

    ProcessStatus status = world.status();

    assertEquals(ProcessState.PLACED, status.state());
    assertTrue(status.missing().contains("the claims have changed since"), status.missing());
    world.documented = 120_000;
    assertEquals(ProcessState.RELEASABLE, world.status().state());
  }

  @Test
  void commitsAfterTheRelease_doNotUndoIt_butVoidTheFinalApproval() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.FINALLY_APPROVED);
    world.commit = World.SECOND;

    ProcessStatus status = world.status();

    assertEquals(ProcessState.MINIMUM_VERSION_BUMPED, status.state());
    assertTrue(status.missing().contains("FINAL of commit 2222222222"), status.missing());
    assertTrue(status.timeline().get(3).counts());
    assertFalse(status.timeline().get(7).counts());
  }

  @Test
  void owned_staysOnLaterCommits_andEndsWhenTheClaimsChange() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.OWNED);
    world.commit = World.SECOND;
    world.example = "refactored";
    assertEquals(ProcessState.OWNED, world.status().state());
    world.documented = 110_000;
    assertEquals(ProcessState.PLACED, world.status().state());
  }

  @Test
  void laterReleases_needNoNewApprovals_whileTheClaimsAreTheSame() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.OWNED);
    world.commit = World.SECOND;
    world.take(world.released("0.1.1"));
    assertEquals(ProcessState.OWNED, world.status().state());
    assertTrue(world.status().releasable());

    world.documented = 110_000;

    assertFalse(world.status().releasable());
    String message =
        assertThrows(ProcessRefusedException.class, () -> world.take(world.released("0.1.2")))
            .getMessage();
    assertTrue(message.contains("lacks TFMOT_REVIEW"), message);
  }

  @Test
  void proposedAnew_startsAgain() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.RELEASABLE);

    world.take(world.proposed());

    ProcessStatus status = world.status();
    assertEquals(ProcessState.RFC_REVIEW, status.state());
    assertEquals(
        List.of(false, false, false, false, true),
        status.timeline().stream().map(TimelineEntry::counts).toList());
  }

  @Test
  void descriptorThatContradictsTheJournal_isWhatIsMissing() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.PLACED);
    world.place = PlacementDecision.FORK;
    assertEquals(
        "the descriptor says FORK, but it was placed: OFFICIAL. Correct the descriptor",
        world.status().missing());
    world.place = PlacementDecision.OFFICIAL;
    world.owners = List.of("ada", "joan");
    assertTrue(world.status().missing().contains("[ada, joan], the journal [ada, grace]"));
  }

  @Test
  void toString_saysWhatIsMissing_whatContradicts_orThatNothingIs() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.RELEASED);
    assertEquals(
        "pruning: RELEASED; missing: the consumer's minimum version raised to 0.1.0 (gate:bump)",
        world.status().toString());
    world.upTo(ProcessState.OWNED);
    assertEquals("pruning: OWNED", world.status().toString());
    world.owners = List.of("ada", "joan");
    assertEquals(
        "pruning: OWNED; but the descriptor names the owners [ada, joan], the journal [ada, grace]."
            + " Correct the descriptor, or hand over",
        world.status().toString());
  }

  @Test
  void bump_isTheOneSinceTheLastRelease() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.RELEASED);
    String library = "org.tfmot:tfmot-techniques";
    assertTrue(world.journal.bump("pruning", library).isEmpty());
    world.take(world.bumped("0.1.0"));
    assertEquals("0.1.0", world.journal.bump("pruning", library).orElseThrow().to());
    assertTrue(world.journal.bump("pruning", "org.tfmot:other").isEmpty());
    world.take(world.released("0.1.1"));
    assertTrue(world.journal.bump("pruning", library).isEmpty());
  }

  @Test
  void descriptorThatContradictsTheJournal_isNotReleased() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.OWNED);
    assertTrue(world.status().releasable());

    world.owners = List.of("ada", "joan");

    assertEquals(ProcessState.OWNED, world.status().state());
    assertFalse(world.status().releasable());
  }

  /** Else a floor could be lowered to what it once was without anyone being asked. */
  @Test
  void claimsOfAnEarlierMerge_areAskedForAgain() throws IOException {
    World world = new World(folder, PlacementDecision.FORK).upTo(ProcessState.OWNED);
    world.documented = 110_000;
    world.commit = World.SECOND;
    world.take(world.reproduced("tim"));
    world.take(world.approved("tim", ApprovalStep.TFMOT_REVIEW));
    world.take(world.released("0.2.0"));
    world.take(world.bumped("0.2.0"));
    world.take(world.approved("tim", ApprovalStep.FINAL));
    world.take(world.merged("tim"));
    assertEquals(ProcessState.OWNED, world.status().state());

    world.documented = 120_000;
    world.commit = "3".repeat(40);

    ProcessStatus status = world.status();
    assertEquals(ProcessState.REPRODUCED, status.state());
    assertFalse(status.releasable());
    assertEquals("something else was merged since", status.timeline().get(7).note());
  }

  @Test
  void timeline_tellsTheStory() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.OWNED);

    assertEquals(
        List.of(
            "proposed, owners ada, grace",
            "placed: OFFICIAL, 36 of 36 points: users asked for it",
            "reproduced 1 claims at 1111111111",
            "approved (TFMOT_REVIEW) 1111111111",
            "approved (MAY_DEPEND) 1111111111",
            "released 0.1.0 from 1111111111",
            "minimum org.tfmot:tfmot-techniques raised from 0.0.9 to 0.1.0",
            "approved (FINAL) 1111111111",
            "merged 1111111111"),
        world.status().timeline().stream().map(TimelineEntry::what).toList());
  }

  @Test
  void status_isTheSameAfterReadingTheFileAgain() throws IOException {
    World world = new World(folder, PlacementDecision.OFFICIAL).upTo(ProcessState.RELEASED);

    Journal again = Journal.read(world.file, world.keys);

    assertEquals(world.status(), ProcessStatus.of(again, world.candidate()));
    assertEquals("[pruning]", again.techniques().toString());
  }

  private static void assertMissing(World world, ProcessState state, String sentence)
      throws IOException {
    ProcessStatus status = world.upTo(state).status();
    assertEquals(state, status.state());
    assertTrue(status.missing().contains(sentence), status.missing());
  }
}
