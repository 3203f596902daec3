package org.tfmot.gate.engine;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;

/** Hears what a gate does while it does it. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface GateListener {

  /** Hears nothing. */
  GateListener NONE = new GateListener() {};

  /** Before the first run. */
  default void planned(GatePlan plan) {}

  /** A run begins; it is in the ledger. */
  default void started(String test, RunStarted run) {}

  /**
   * A run ended; it is in the ledger.
   *
   * @param verdicts all claims of the test, as they are now
   */
  default void finished(String test, RunFinished run, List<ClaimVerdict> verdicts) {}

  /** After the last run. */
  default void ended(GateResult result) {}
}
