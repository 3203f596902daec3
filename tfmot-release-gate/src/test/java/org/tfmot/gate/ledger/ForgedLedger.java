package org.tfmot.gate.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ledgers as anybody can write them: a chain needs no secret. */
public final class ForgedLedger {

  private ForgedLedger() {}

  /** Replaces a ledger by a new chain of the given records. */
  public static void write(Path file, List<LedgerRecord> records) throws IOException {
    List<HashChain.Entry<LedgerRecord>> old = Ledger.read(file).entries();
    List<HashChain.Entry<LedgerRecord>> lines = new ArrayList<>();
    for (LedgerRecord line : records) {
      lines.add(new HashChain.Entry<>(0, old.get(0).time(), line, ChainLine.GENESIS));
    }
    Files.write(file, HashChain.bytes(lines));
  }
}
