package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.process.ProcessEvent.Approved;
import org.tfmot.gate.process.ProcessEvent.Reproduced;
import org.tfmot.gate.signature.SigningKey;

/** What must not get into a journal, and must not be read from one. */
class JournalTest {

  private World world;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    world = new World(folder, PlacementDecision.OFFICIAL);
  }

  @Test
  void append_approvalByTheAuthor() throws IOException {
    world.upTo(ProcessState.REPRODUCED);

    refused("by ada, who is its author", world.approved("ada", ApprovalStep.TFMOT_REVIEW));
  }

  @Test
  void append_reproductionByTheAuthor() throws IOException {
    world.upTo(ProcessState.PLACED);

    refused("reproduced by ada, who is its author", world.reproduced("ada"));
  }

  @Test
  void append_reproductionThatLeavesOutAClaim() throws IOException {
    world.upTo(ProcessState.PLACED);
    Reproduced whole = world.reproduced("tim");

    refused(
        "[pruning/resnet/size] did not come to PASS",
        new Reproduced(
            World.PRUNING, "tim", whole.revision(), whole.ledger(), new TreeSet<>(List.of("x"))));
  }

  @Test
  void append_officialModelsBeforeTfmot() throws IOException {
    world.upTo(ProcessState.REPRODUCED);

    refused("out of order: TFMOT approves", world.approved("olga", ApprovalStep.MAY_DEPEND));
  }

  @Test
  void append_approvalBeforeReproduction() throws IOException {
    world.upTo(ProcessState.PLACED);

    refused("nobody has reproduced", world.approved("tim", ApprovalStep.TFMOT_REVIEW));
  }

  @Test
  void append_finalApprovalBeforeReleaseAndBump() throws IOException {
    world.upTo(ProcessState.RELEASABLE);
    refused("no stable release", world.approved("olga", ApprovalStep.FINAL));
    world.take(world.released("0.1.0"));
    refused("minimum version was not raised", world.approved("olga", ApprovalStep.FINAL));
  }

  @Test
  void append_releaseBeforeApproval_orWithoutAHigherVersion() throws IOException {
    world.upTo(ProcessState.TFMOT_APPROVED);
    refused("lacks MAY_DEPEND", world.released("0.1.0"));
    world.take(world.approved("olga", ApprovalStep.MAY_DEPEND));
    world.take(world.released("0.1.0"));
    refused("does not follow 0.1.0", world.released("0.1.0"));
  }

  @Test
  void append_bumpToAnOlderVersionThanTheRelease() throws IOException {
    world.upTo(ProcessState.RELEASABLE);
    refused("not released yet", world.bumped("0.2.0"));
    world.take(world.released("0.2.0"));
    refused("older than its release 0.2.0", world.bumped("0.1.0"));
  }

  @Test
  void append_mergeWithoutFinalApproval() throws IOException {
    world.upTo(ProcessState.MINIMUM_VERSION_BUMPED);

    refused("lacks FINAL", world.merged("olga"));
  }

  @Test
  void append_approvalByTheWrongTeam() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    refused("by TFMOT; olga is of", world.approved("olga", ApprovalStep.TFMOT_REVIEW));
    refused("by TFMOT; joan is of CONTRIBUTOR", world.approved("joan", ApprovalStep.TFMOT_REVIEW));
    world.take(world.approved("tim", ApprovalStep.TFMOT_REVIEW));
    refused("by OFFICIAL_MODELS; tim is of", world.approved("tim", ApprovalStep.MAY_DEPEND));
  }

  @Test
  void append_approvalOnAnOlderCommit() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Approved old = world.approved("tim", ApprovalStep.TFMOT_REVIEW);
    world.commit = World.SECOND;

    refused("it is for commit 1111111111, and the head is 2222222222", old);
  }

  @Test
  void append_approvalAfterTheClaimsOrTheExampleChanged() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    Approved old = world.approved("tim", ApprovalStep.TFMOT_REVIEW);
    world.documented = 110_000;
    refused("the claims have changed since", old);
    world.documented = 120_000;
    world.example = "other";
    refused("the example has changed since", old);
  }

  @Test
  void append_stepForAnotherTechnique_isRefused() throws IOException {
    refused(
        "the step is for clustering, not for pruning",
        new ProcessEvent.Proposed(
            "clustering", "ada", new TreeSet<>(world.owners), world.proposed().rfc()));
  }

  @Test
  void append_proposalAnew_neitherChangesAuthorNorOwners() throws IOException {
    world.upTo(ProcessState.PLACED);
    refused(
        "cannot be proposed again by tim",
        new ProcessEvent.Proposed(
            World.PRUNING, "tim", world.proposed().owners(), world.proposed().rfc()));
    world.owners = List.of("ada", "joan");
    refused("change through a hand-over", world.proposed());
  }

  @Test
  void append_refusedStep_leavesTheFileAsItWas() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    String before = Files.readString(world.file);

    refused("author", world.approved("ada", ApprovalStep.TFMOT_REVIEW));

    assertEquals(before, Files.readString(world.file));
  }

  @Test
  void read_lineRemoved() throws IOException {
    world.upTo(ProcessState.RELEASED);
    List<String> lines = new ArrayList<>(Files.readAllLines(world.file));
    lines.remove(2);
    Files.write(world.file, lines);

    LedgerException refused = damaged();

    assertEquals(3, refused.line());
    assertTrue(refused.reason().contains("lines before it were removed"), refused.reason());
  }

  @Test
  void read_lineEdited() throws IOException {
    world.upTo(ProcessState.RELEASED);
    String text = Files.readString(world.file);
    Files.writeString(world.file, text.replaceFirst("TFMOT_REVIEW", "MAY_DEPEND"));

    LedgerException refused = damaged();

    assertEquals(4, refused.line());
    assertTrue(refused.reason().contains("the line was changed"), refused.reason());
  }

  @Test
  void read_lastLinesRemoved_isSeenByTheHeadThatWasKept() throws IOException {
    world.upTo(ProcessState.RELEASED);
    HashChain.Head kept = world.journal.head();
    world.journal.require(kept);
    List<String> lines = Files.readAllLines(world.file);
    Files.write(world.file, lines.subList(0, lines.size() - 1));

    Journal shorter = Journal.read(world.file, world.keys);

    String message =
        assertThrows(ProcessRefusedException.class, () -> shorter.require(kept)).getMessage();
    assertTrue(message.contains("lines at its end were removed"), message);
  }

  /** Someone who writes the file with their own program can chain it well, and still not lie. */
  @Test
  void read_wellChainedLies_areRefusedWithTheirLine() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    String sound = Files.readString(world.file);

    Approved byAuthor = world.approved("ada", ApprovalStep.TFMOT_REVIEW);
    assertLie(sound, world.signed(byAuthor), "who is its author");
    assertLie(sound, world.signed(world.approved("olga", ApprovalStep.MAY_DEPEND)), "out of order");
    Approved asTim = world.approved("tim", ApprovalStep.TFMOT_REVIEW);
    assertLie(sound, SignedEvent.sign(asTim, world.secrets.get("ada")), "signed by [ada]");
    assertLie(sound, SignedEvent.sign(asTim, SigningKey.generate()), "not trusted");
    SignedEvent unsigned = new SignedEvent(asTim, "2026-01-01T00:00:00Z", List.of());
    assertLie(sound, unsigned, "signed by nobody");
  }

  private void assertLie(String sound, SignedEvent lie, String sentence) throws IOException {
    Files.writeString(world.file, sound);
    HashChain.open(world.file, SignedEvent.class, HashChain.Rules.none()).append(lie);
    LedgerException refused = damaged();
    assertEquals(4, refused.line());
    assertTrue(refused.reason().contains(sentence), refused.reason());
  }

  private LedgerException damaged() {
    return assertThrows(LedgerException.class, () -> Journal.read(world.file, world.keys));
  }

  private void refused(String sentence, ProcessEvent event) {
    refused(sentence, world.signed(event));
  }

  private void refused(String sentence, SignedEvent step) {
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> world.journal.append(step, world.candidate()))
            .getMessage();
    assertTrue(message.contains(sentence), message);
  }
}
