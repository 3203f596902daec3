package org.tfmot.gate.ledger;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

  @TempDir Path folder;

  @Test
  void secondGate_isRefused_withTheProcessOfTheFirst() throws Exception {
    Path ledger = folder.resolve("new/ledger.jsonl");
    try (RunLock lock = RunLock.take(ledger)) {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> RunLock.take(ledger));
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("process " + ProcessHandle.current().pid()), message);
      assertTrue(message.contains(ledger.toString()), message);
    }
  }

  @Test
  void lockThatWasGivenBack_canBeTakenAgain_andOtherLedgersAreFree() throws Exception {
    Path ledger = folder.resolve("ledger.jsonl");
    RunLock.take(ledger).close();
    try (RunLock again = RunLock.take(ledger);
        RunLock other = RunLock.take(folder.resolve("other.jsonl"))) {
      assertTrue(Files.exists(folder.resolve("ledger.jsonl.run.lock")));
      assertTrue(Files.exists(folder.resolve("other.jsonl.run.lock")));
    }
  }
}
