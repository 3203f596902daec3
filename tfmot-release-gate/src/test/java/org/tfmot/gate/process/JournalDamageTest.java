package org.tfmot.gate.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerException;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;
import org.tfmot.gate.process.ProcessEvent.Placed;

/** A journal whose file was damaged, and lines that were good once and are used again. */
class JournalDamageTest {

  private World world;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    world = new World(folder, PlacementDecision.OFFICIAL);
  }

  @Test
  void open_tornLastLine_isRepaired_andTheStepCanBeTakenAgain() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    byte[] whole = Files.readAllBytes(world.file);
    int lastLine = secondLastLineEnd(whole) + 1;
    SignedEvent last = world.journal.entries().get(2).body();
    for (int kept : new int[] {lastLine + 1, lastLine + 200, whole.length - 2}) {
      Files.write(world.file, Arrays.copyOf(whole, kept));
      LedgerException torn =
          assertThrows(LedgerException.class, () -> Journal.read(world.file, world.keys));
      assertEquals(3, torn.line());
      assertTrue(torn.reason().contains("is torn"), torn.reason());

      Journal repaired = Journal.open(world.file, world.keys);

      assertEquals(2, repaired.entries().size());
      repaired.append(last, world.candidate());
      assertEquals(ProcessState.REPRODUCED, ProcessStatus.of(repaired, world.candidate()).state());
    }
  }

  @Test
  void read_anyByteChanged_isRefused() throws IOException {
    world.upTo(ProcessState.PLACED);
    byte[] sound = Files.readAllBytes(world.file);
    // Every 5th byte, and both line ends.
    for (int i = 0; i < sound.length; i++) {
      if (i % 5 == 0 || sound[i] == '\n') {
        byte[] damaged = sound.clone();
        damaged[i] ^= 1;
        Files.write(world.file, damaged);
        assertThrows(
            LedgerException.class, () -> Journal.read(world.file, world.keys), "byte " + i);
      }
    }
    Files.write(world.file, sound);
    assertEquals(2, Journal.read(world.file, world.keys).entries().size());
  }

  @Test
  void read_linesSwapped_areRefused() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    List<String> lines = Files.readAllLines(world.file);
    Files.write(world.file, List.of(lines.get(0), lines.get(2), lines.get(1)));

    assertEquals(
        2, assertThrows(LedgerException.class, () -> Journal.read(world.file, world.keys)).line());
  }

  /** The signatures of a step that is in the journal are there for everyone to copy. */
  @Test
  void append_stepOfBeforeAfterANewProposal_isRefused() throws IOException {
    world.upTo(ProcessState.REPRODUCED);
    SignedEvent placement = world.journal.entries().get(1).body();
    world.take(world.proposed());

    assertTrue(
        refused(placement).contains("the step that olga signed at " + placement.time()),
        refused(placement));

    world.take(world.placed());
    SignedEvent reproduction = world.journal.entries().get(2).body();
    assertTrue(refused(reproduction).contains("sign it again"), refused(reproduction));
    assertEquals(ProcessState.PLACED, world.status().state());
  }

  @Test
  void append_handOverOfBefore_isRefused() throws IOException {
    world.upTo(ProcessState.PLACED);
    TreeSet<String> first = new TreeSet<>(List.of("ada", "grace"));
    TreeSet<String> second = new TreeSet<>(List.of("ada", "joan"));
    SignedEvent there =
        world
            .signed(new OwnerChanged(World.PRUNING, "ada", first, second, "ada", "leave"))
            .alsoSign(world.secrets.get("joan"));
    world.journal.append(there, world.candidate());
    SignedEvent back =
        world
            .signed(new OwnerChanged(World.PRUNING, "ada", second, first, "ada", "is back"))
            .alsoSign(world.secrets.get("grace"));
    world.journal.append(back, world.candidate());

    assertTrue(refused(there).contains("in the journal already"), refused(there));
    // Another signature does not make it another step.
    assertTrue(refused(there.alsoSign(world.secrets.get("tim"))).contains("already"));
  }

  @Test
  void append_placementOfAnotherTextOfTheRfc_isRefused() throws IOException {
    world.upTo(ProcessState.RFC_REVIEW);
    Placed other =
        new Placed(World.PRUNING, "olga", Digest.of(new byte[] {99}), world.placed().placement());

    assertTrue(refused(world.signed(other)).contains("another text of its RFC"));
  }

  @Test
  void journal_hasAnEntryForEveryTechnique() throws IOException {
    assertFalse(Files.exists(world.file));
    assertTrue(world.journal.techniques().isEmpty());
    world.upTo(ProcessState.RFC_REVIEW);
    assertEquals("[pruning]", world.journal.techniques().toString());
    assertEquals("[ada, grace]", world.journal.owners("pruning").toString());
    assertTrue(world.journal.owners("clustering").isEmpty());
  }

  private String refused(SignedEvent step) {
    return assertThrows(
            ProcessRefusedException.class, () -> world.journal.append(step, world.candidate()))
        .getMessage();
  }

  private static int secondLastLineEnd(byte[] bytes) {
    int i = bytes.length - 2;
    while (bytes[i] != '\n') {
      i--;
    }
    return i;
  }
}
