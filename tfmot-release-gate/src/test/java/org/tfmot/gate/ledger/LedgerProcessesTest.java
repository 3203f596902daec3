package org.tfmot.gate.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.Digest;

/** Real processes: killed without warning, and two at a time. */
class LedgerProcessesTest {

  @TempDir Path folder;

  @Test
  void kill_inTheMiddleOfAppends_losesNothingThatWasWritten() throws Exception {
    Path file = folder.resolve("ledger.jsonl");
    int finished = 0;
    for (int round = 0; round < 4; round++) {
      Process process = AppendingProcess.start(file, "jar", 1_000_000);
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        int reported = 0;
        while (reported < 20 + 7 * round) {
          finished = Integer.parseInt(lines.readLine());
          reported++;
        }
        // The handle, because Process would close the stream that is still read.
        assertTrue(process.toHandle().destroyForcibly());
        for (String line = lines.readLine(); line != null && !line.isEmpty(); ) {
          finished = Math.max(finished, Integer.parseInt(line));
          line = lines.readLine();
        }
      }
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
      Ledger ledger = Ledger.open(file);
      Digest key = Runs.key("jar").digest();
      Evidence evidence = ledger.evidence(key, Runs.CLAIM);
      int counted = evidence.runs().size();
      // What the process said it wrote is there; at most one more was written and not said.
      assertTrue(counted == finished || counted == finished + 1, counted + " of " + finished);
      Evidence.Turn next = evidence.next();
      assertEquals(counted + 1, next.index());
      assertEquals(Seeds.seed(key, counted + 1), next.seed());
      List<LedgerRecord> records = ledger.records();
      assertEquals(
          records.get(records.size() - 1) instanceof LedgerRecord.RunStarted, next.repeated());
    }
    Ledger.read(file);
  }

  @Test
  void append_fromTwoProcesses_makesOneSoundChain() throws Exception {
    Path file = folder.resolve("ledger.jsonl");
    int runs = 100;
    Process one = AppendingProcess.start(file, "jar one", runs);
    Process other = AppendingProcess.start(file, "jar two", runs);
    one.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    other.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    assertEquals(0, one.waitFor());
    assertEquals(0, other.waitFor());
    Ledger ledger = Ledger.read(file);
    assertEquals(2 + 4 * runs, ledger.records().size());
    for (String jar : new String[] {"jar one", "jar two"}) {
      assertEquals(runs, ledger.evidence(Runs.key(jar).digest(), Runs.CLAIM).runs().size(), jar);
    }
    assertTrue(interleavings(ledger) > 2, "the processes never appended at the same time");
  }

  @Test
  void append_fromTwoThreadsWithTheirOwnLedgers_makesOneSoundChain() throws Exception {
    Path file = folder.resolve("ledger.jsonl");
    Thread[] threads = new Thread[2];
    for (int i = 0; i < threads.length; i++) {
      String jar = "jar " + i;
      threads[i] =
          new Thread(
              () -> {
                try {
                  AppendingProcess.append(file, jar, 50, index -> {});
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(2 + 4 * 50, Ledger.read(file).records().size());
  }

  private static int interleavings(Ledger ledger) {
    int changes = 0;
    Digest last = null;
    for (LedgerRecord body : ledger.records()) {
      if (body instanceof LedgerRecord.RunStarted start) {
        changes += start.key().equals(last) ? 0 : 1;
        last = start.key();
      }
    }
    return changes;
  }
}
