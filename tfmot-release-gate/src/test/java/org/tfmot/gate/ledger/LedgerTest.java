package org.tfmot.gate.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.ledger.Runs.CLAIM;
import static org.tfmot.gate.ledger.Runs.claims;
import static org.tfmot.gate.ledger.Runs.end;
import static org.tfmot.gate.ledger.Runs.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

class LedgerTest {

  @TempDir Path folder;
  private Path file;
  private Ledger ledger;
  private Digest key;

  @BeforeEach
  void open() throws IOException {
    file = folder.resolve("ledger.jsonl");
    ledger = Ledger.open(file);
    key = ledger.declare(Runs.key("jar"));
  }

  private String refused(LedgerRecord body) {
    long before = ledger.head().lines();
    String message =
        assertThrows(IllegalArgumentException.class, () -> ledger.append(body)).getMessage();
    assertEquals(before, ledger.head().lines());
    return message;
  }

  private Evidence evidence() {
    return ledger.evidence(key, CLAIM);
  }

  @Test
  void seed_ofKeyAndIndex_isTheDocumentedHmac() {
    Digest zero = new Digest("sha256:" + "0".repeat(64));
    // Python: hmac.new(bytes(32), struct.pack('>q', 1), 'sha256').digest()[:4], first bit cleared.
    assertEquals(614538469, Seeds.seed(zero, 1));
    assertEquals(1241354076, Seeds.seed(zero, 2));
    assertThrows(IllegalArgumentException.class, () -> Seeds.seed(zero, 0));
  }

  @Test
  void seed_manyRuns_areDifferentAndNotNegative() {
    long distinct = IntStream.rangeClosed(1, 1000).map(i -> Seeds.seed(key, i)).distinct().count();
    assertEquals(1000, distinct);
    assertTrue(IntStream.rangeClosed(1, 1000).allMatch(i -> Seeds.seed(key, i) >= 0));
    assertNotEquals(Seeds.seed(key, 1), Seeds.seed(Runs.key("other").digest(), 1));
  }

  @Test
  void append_chosenSeed_isRefused() {
    String message = refused(new RunStarted(key, claims(CLAIM), 1, 42));
    assertTrue(message.contains("42") && message.contains("cannot be chosen"), message);
  }

  @Test
  void open_chosenSeedInASoundChain_isRefusedWithItsLine() throws IOException {
    // Whoever can compute digests can write a sound chain; the seed still has to be the run's.
    RunStarted chosen = new RunStarted(key, claims(CLAIM), 1, 42);
    List<HashChain.Entry<LedgerRecord>> entries = new ArrayList<>(ledger.entries());
    entries.add(new HashChain.Entry<>(2, Instant.EPOCH, chosen, ChainLine.GENESIS));
    Files.write(file, HashChain.bytes(entries));
    LedgerException e = assertThrows(LedgerException.class, () -> Ledger.open(file));
    assertEquals(2, e.line());
    assertTrue(e.reason().contains("cannot be chosen"), e.getMessage());
  }

  @Test
  void append_undeclaredKey_isRefused() {
    assertTrue(refused(start(Runs.digest("?"), 1)).contains("not declared"));
  }

  @Test
  void append_endWithoutStart_isRefused() {
    assertTrue(refused(end(key, 1, RunStatus.OK, 1)).contains("without a start"));
  }

  @Test
  void append_secondResult_isRefused() throws IOException {
    Runs.run(ledger, key, 1, 0.1);
    assertTrue(refused(end(key, 1, RunStatus.OK, 0.9)).contains("has its result already"));
    assertTrue(refused(start(key, 1)).contains("not repeated"));
    assertEquals(List.of(0.1), evidence().values("accuracy", 0));
  }

  @Test
  void append_secondResultOfADoubleStart_isRefused() throws IOException {
    ledger.append(start(key, 1));
    ledger.append(start(key, 1));
    ledger.append(end(key, 1, RunStatus.OK, 0.1));
    assertTrue(refused(end(key, 1, RunStatus.OK, 0.9)).contains("has its result already"));
    assertTrue(refused(end(key, 1, RunStatus.VOID, 0)).contains("has its result already"));
  }

  @Test
  void append_repeatForOtherClaims_isRefused() throws IOException {
    ledger.append(start(key, 1));
    assertTrue(refused(RunStarted.of(key, claims("a/b/c"), 1)).contains("cannot be repeated"));
  }

  @Test
  void evidence_inOrderOfNumbers_whateverTheOrderOfEnds() throws IOException {
    for (int index = 1; index <= 3; index++) {
      ledger.append(start(key, index));
    }
    ledger.append(end(key, 3, RunStatus.OK, 0.3));
    assertEquals(List.of(), evidence().runs());
    assertEquals(1, evidence().waiting().size());
    ledger.append(end(key, 1, RunStatus.DIVERGED, 0));
    ledger.append(end(key, 2, RunStatus.OK, Double.POSITIVE_INFINITY));
    assertEquals(List.of(-1.0, -1.0, 0.3), evidence().values("accuracy", -1));
    assertEquals(List.of(-2.0, -2.0, -2.0), evidence().values("not reported", -2));
    assertEquals(new Evidence.Turn(4, Seeds.seed(key, 4), false), evidence().next());
  }

  @Test
  void evidence_startedAndNeverFinished_isRepeatedWithTheSameSeedBeforeAnythingCounts()
      throws IOException {
    Runs.run(ledger, key, 1, 0.5);
    ledger.append(start(key, 2));
    Runs.run(ledger, key, 3, 0.7);
    ledger = Ledger.open(file);
    assertEquals(List.of(0.5), evidence().values("accuracy", 0));
    assertEquals(1, evidence().waiting().size());
    assertEquals(1, evidence().interrupted());
    assertEquals(
        List.of(
            new Evidence.Turn(2, Seeds.seed(key, 2), true),
            new Evidence.Turn(4, Seeds.seed(key, 4), false)),
        evidence().turns());
    Runs.run(ledger, key, 2, 0.6);
    assertEquals(List.of(0.5, 0.6, 0.7), evidence().values("accuracy", 0));
    assertEquals(1, evidence().interrupted(), "the start that was cut off stays on record");
  }

  @Test
  void evidence_voidRuns_areCountedApartAndRepeatedWithTheSameSeed() throws IOException {
    for (int i = 0; i < 2; i++) {
      ledger.append(start(key, 1));
      ledger.append(end(key, 1, RunStatus.VOID, 0));
    }
    assertEquals(2, evidence().voids().size());
    assertEquals(List.of(), evidence().runs());
    assertEquals(0, evidence().interrupted());
    assertEquals(new Evidence.Turn(1, Seeds.seed(key, 1), true), evidence().next());
    Runs.run(ledger, key, 1, 0.5);
    assertEquals(2, evidence().voids().size());
    assertEquals(List.of(0.5), evidence().values("accuracy", 0));
  }

  @Test
  void evidence_missingNumbers_holdBackWhatIsBehindThem() throws IOException {
    Runs.run(ledger, key, 3, 0.7);
    assertEquals(List.of(), evidence().runs());
    assertEquals(List.of(1, 2, 4), evidence().turns().stream().map(Evidence.Turn::index).toList());
  }

  @Test
  void evidence_forAnotherClaimOrKey_doesNotCount() throws IOException {
    Runs.run(ledger, key, 1, 0.5);
    ledger.append(RunStarted.of(key, claims("a/b/c"), 2));
    ledger.append(end(key, 2, RunStatus.OK, 0.9));
    Runs.run(ledger, key, 3, 0.6);
    assertEquals(List.of(0.5, 0.6), evidence().values("accuracy", 0));
    assertEquals(List.of(0.9), ledger.evidence(key, "a/b/c").values("accuracy", 0));
    Digest newer = ledger.declare(Runs.key("rebuilt jar"));
    assertEquals(List.of(), ledger.evidence(newer, CLAIM).runs());
    assertEquals(List.of(key), ledger.keys(CLAIM));
    assertEquals(List.of(key, newer), ledger.keys());
  }

  @Test
  void declare_twice_isWrittenOnce_andNamesWhatChanged() throws IOException {
    assertEquals(key, ledger.declare(Runs.key("jar")));
    assertEquals(1, ledger.records().size());
    EvidenceKey old = Ledger.read(file).declared(key).orElseThrow();
    assertEquals(Runs.key("jar"), old);
    EvidenceKey newer =
        new EvidenceKey(
            new TreeMap<>(java.util.Map.of("a.jar", Runs.digest("x"), "c.jar", Runs.digest("c"))),
            old.example(),
            Runs.digest("another lock"),
            new TreeMap<>(java.util.Map.of("cifar10", Runs.digest("data"))),
            old.claims(),
            "darwin",
            "tim");
    assertEquals(
        List.of(
            "subject a.jar changed",
            "subject b.jar is gone",
            "subject c.jar is new",
            "lock changed",
            "dataset cifar10 is new",
            "hardware changed from linux to darwin",
            "those runs were made by the project"),
        old.differences(newer));
    assertEquals(List.of(), old.differences(old));
  }

  @Test
  void record_thatContradictsItself_isRefused() {
    TreeMap<String, Double> none = new TreeMap<>();
    for (RunStatus status : RunStatus.values()) {
      String cause = status == RunStatus.OK ? "a cause" : null;
      assertThrows(
          IllegalArgumentException.class,
          () -> new RunFinished(key, 1, 1, status, none, null, 1, cause));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new RunFinished(key, 1, 1, RunStatus.OK, none, null, 1, null));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RunFinished(key, 1, 1, RunStatus.VOID, none, null, Double.NaN, "TIMEOUT"));
    assertThrows(IllegalArgumentException.class, () -> RunStarted.of(key, claims(), 1));
  }

  @Test
  void open_oneMetricChanged_isRefused() throws IOException {
    Runs.run(ledger, key, 1, 0.125);
    Runs.run(ledger, key, 2, 0.25);
    Files.writeString(file, Files.readString(file).replace(":0.125", ":0.925"));
    assertEquals(3, assertThrows(LedgerException.class, () -> Ledger.open(file)).line());
  }

  @Test
  void open_records_areEqualToThoseWritten() throws IOException {
    Runs.run(ledger, key, 1, 1.0 / 3);
    ledger.append(start(key, 2));
    ledger.append(end(key, 2, RunStatus.DIVERGED, 0));
    ledger.append(start(key, 3));
    RunFinished odd =
        new RunFinished(
            key,
            3,
            Seeds.seed(key, 3),
            RunStatus.OK,
            new TreeMap<>(java.util.Map.of("a", Double.NaN, "b", Double.NEGATIVE_INFINITY)),
            Runs.digest("curves"),
            1e-9,
            null);
    ledger.append(odd);
    List<LedgerRecord> read = Ledger.read(file).records();
    assertEquals(ledger.records(), read);
    assertEquals(odd, read.get(read.size() - 1));
    assertFalse(ledger.repaired().isPresent());
  }
}
