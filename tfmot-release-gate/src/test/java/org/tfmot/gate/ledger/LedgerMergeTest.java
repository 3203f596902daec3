package org.tfmot.gate.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.ledger.Runs.CLAIM;
import static org.tfmot.gate.ledger.Runs.end;
import static org.tfmot.gate.ledger.Runs.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.Merged;

class LedgerMergeTest {

  @TempDir Path folder;
  private Path a;
  private Path b;
  private Path merged;
  private Digest key;

  /** Shard a runs the odd numbers, shard b the even ones. */
  @BeforeEach
  void writeShards() throws IOException {
    a = folder.resolve("a.jsonl");
    b = folder.resolve("b.jsonl");
    merged = folder.resolve("out/merged.jsonl");
    Ledger one = Ledger.open(a);
    Ledger other = Ledger.open(b);
    key = one.declare(Runs.key("jar"));
    other.declare(Runs.key("jar"));
    Runs.run(one, key, 1, 0.1);
    Runs.run(other, key, 2, 0.2);
    Runs.run(one, key, 3, 0.3);
    other.append(start(key, 4));
    other.append(end(key, 4, RunStatus.VOID, 0));
    Runs.run(other, key, 4, 0.4);
  }

  private static List<Double> values(Path file, Digest key) throws IOException {
    return Ledger.read(file).evidence(key, CLAIM).values("accuracy", 0);
  }

  @Test
  void merge_shards_joinsTheirEvidenceAndNamesTheirHeads() throws IOException {
    LedgerMerge.merge(List.of(a, b), merged);
    assertEquals(List.of(0.1), values(a, key));
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4), values(merged, key));
    Ledger ledger = Ledger.open(merged);
    assertEquals(1, ledger.evidence(key, CLAIM).voids().size());
    assertEquals(
        Set.of(Ledger.read(a).head(), Ledger.read(b).head()),
        Set.copyOf(((Merged) ledger.records().get(0)).parents()));
    Runs.run(ledger, key, 5, 0.5);
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4, 0.5), values(merged, key));
  }

  @Test
  void merge_inAnyOrderOrTwice_isTheSameFile() throws IOException {
    LedgerMerge.merge(List.of(a, b), merged);
    byte[] first = Files.readAllBytes(merged);
    Path other = folder.resolve("other.jsonl");
    LedgerMerge.merge(List.of(b, a, b), other);
    assertArrayEquals(first, Files.readAllBytes(other));
    LedgerMerge.merge(List.of(a, b), merged);
    assertArrayEquals(first, Files.readAllBytes(merged), "again");
    LedgerMerge.merge(List.of(b), merged);
    assertArrayEquals(first, Files.readAllBytes(merged), "one that is in it");
    LedgerMerge.merge(List.of(merged, other), merged);
    assertArrayEquals(first, Files.readAllBytes(merged), "with itself");
  }

  @Test
  void merge_oneLedger_isThatLedger() throws IOException {
    LedgerMerge.merge(List.of(a, a), merged);
    assertArrayEquals(Files.readAllBytes(a), Files.readAllBytes(merged));
  }

  @Test
  void merge_shardThatWentOn_addsWhatIsNew() throws IOException {
    LedgerMerge.merge(List.of(a, b), merged);
    Runs.run(Ledger.open(a), key, 5, 0.5);
    LedgerMerge.merge(List.of(a, b), merged);
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4, 0.5), values(merged, key));
    byte[] bytes = Files.readAllBytes(merged);
    LedgerMerge.merge(List.of(a, b), merged);
    assertArrayEquals(bytes, Files.readAllBytes(merged));
  }

  @Test
  void merge_conflictingResults_isRefusedAndWritesNothing() throws IOException {
    Runs.run(Ledger.open(b), key, 1, 0.9);
    LedgerException e =
        assertThrows(LedgerException.class, () -> LedgerMerge.merge(List.of(a, b), merged));
    assertTrue(e.getMessage().contains("run 1 of " + key), e.getMessage());
    assertTrue(e.getMessage().contains("a.jsonl"), e.getMessage());
    assertTrue(e.getMessage().contains("b.jsonl"), e.getMessage());
    assertTrue(e.getMessage().contains("0.9"), e.getMessage());
    assertFalse(Files.exists(merged));
  }

  @Test
  void merge_failureAndSuccessOfOneRun_isRefused() throws IOException {
    Ledger other = Ledger.open(b);
    other.append(start(key, 1));
    other.append(end(key, 1, RunStatus.DIVERGED, 0));
    assertThrows(LedgerException.class, () -> LedgerMerge.merge(List.of(a, b), merged));
  }

  @Test
  void merge_conflictWithAnEarlierMerge_isRefusedAndKeepsIt() throws IOException {
    LedgerMerge.merge(List.of(a, b), merged);
    byte[] before = Files.readAllBytes(merged);
    Path c = folder.resolve("c.jsonl");
    Ledger other = Ledger.open(c);
    other.declare(Runs.key("jar"));
    Runs.run(other, key, 2, 0.8);
    assertThrows(LedgerException.class, () -> LedgerMerge.merge(List.of(c), merged));
    assertArrayEquals(before, Files.readAllBytes(merged));
  }

  @Test
  void merge_sameResultOfARunMadeTwice_countsOnce() throws IOException {
    Runs.run(Ledger.open(b), key, 1, 0.1);
    LedgerMerge.merge(List.of(a, b), merged);
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4), values(merged, key));
    byte[] bytes = Files.readAllBytes(merged);
    LedgerMerge.merge(List.of(a, b), merged);
    assertArrayEquals(bytes, Files.readAllBytes(merged));
  }

  @Test
  void merge_runUnfinishedInOneShard_isRepeatedOrTakenFromTheOther() throws IOException {
    Ledger.open(a).append(start(key, 2));
    LedgerMerge.merge(List.of(a, b), merged);
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4), values(merged, key));
    assertEquals(1, Ledger.read(merged).evidence(key, CLAIM).interrupted());
  }

  @Test
  void merge_interruptionInAShardThatWentOn_isKept() throws IOException {
    LedgerMerge.merge(List.of(a, b), merged);
    Ledger.open(a).append(start(key, 2));
    LedgerMerge.merge(List.of(a), merged);
    assertEquals(1, Ledger.read(merged).evidence(key, CLAIM).interrupted());
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4), values(merged, key));
  }

  @Test
  void merge_lateVoidOfAFinishedRun_isKept() throws IOException {
    Ledger late = Ledger.open(b);
    late.append(start(key, 1));
    late.append(end(key, 1, RunStatus.VOID, 0));
    LedgerMerge.merge(List.of(a, b), merged);
    assertEquals(List.of(0.1, 0.2, 0.3, 0.4), values(merged, key));
    assertEquals(2, Ledger.read(merged).evidence(key, CLAIM).voids().size());
  }

  @Test
  void merge_damagedShard_isRefused() throws IOException {
    Files.writeString(b, Files.readString(b).replace(":0.2", ":0.9"));
    LedgerException e =
        assertThrows(LedgerException.class, () -> LedgerMerge.merge(List.of(a, b), merged));
    assertEquals(3, e.line());
    assertFalse(Files.exists(merged));
  }

  @Test
  void merge_nothing_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> LedgerMerge.merge(List.of(), merged));
  }
}
