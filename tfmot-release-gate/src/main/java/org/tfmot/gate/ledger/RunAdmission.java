package org.tfmot.gate.ledger;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/** Decides which runs of a ledger count. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface RunAdmission {

  /**
   * All runs, signed or not: for looking. A run that a runner began and has not ended is the
   * runner's to go on with.
   */
  RunAdmission LOOKING = (key, start, end) -> end != null || start.draw() == null;

  /**
   * Returns whether a run counts.
   *
   * @param key what it is evidence about
   * @param end how it ended; null if it has not
   * @throws IllegalStateException if somebody changed the run
   */
  boolean admits(EvidenceKey key, RunStarted start, @Nullable RunFinished end);
}
