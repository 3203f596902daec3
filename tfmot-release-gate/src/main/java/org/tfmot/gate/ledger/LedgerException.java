package org.tfmot.gate.ledger;

import java.nio.file.Path;
import org.apiguardian.api.API;

/** A chain file that is damaged, or a record that its history does not admit. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class LedgerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String file;
  private final long line;
  private final String reason;

  LedgerException(Path file, long line, String reason) {
    super(
        "%s, line %d: %s. Nothing of this file counts until it is restored from a copy"
            .formatted(file, line, reason));
    this.file = file.toString();
    this.line = line;
    this.reason = reason;
  }

  LedgerException(Path file, String reason) {
    super(file + ": " + reason);
    this.file = file.toString();
    this.line = 0;
    this.reason = reason;
  }

  /** The chain file. */
  public String file() {
    return file;
  }

  /** The number of the line, from 1; 0 if it is not about a line. */
  public long line() {
    return line;
  }

  /** Returns what is wrong with the ledger. */
  public String reason() {
    return reason;
  }
}
