package org.tfmot.gate.process;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** Asks of every line, whether it is read or appended: who signed it, and might it come next. */
final class ProcessRules implements HashChain.Rules<SignedEvent> {

  /** Largest difference between the clocks of two honest machines. */
  private static final Duration CLOCKS = Duration.ofMinutes(10);

  private final TrustedKeys keys;
  private final Map<String, TechniqueHistory> histories = new TreeMap<>();
  private final Set<Digest> taken = new HashSet<>();

  ProcessRules(TrustedKeys keys) {
    this.keys = keys;
  }

  @Override
  public void check(SignedEvent line, boolean fresh) {
    Map<String, TrustedKey> signers = new TreeMap<>();
    for (KeySignature signature : line.signatures()) {
      TrustedKey signer =
          keys.signer(SignedEvent.PAYLOAD_TYPE, line.payload(), signature, line.instant());
      signers.put(signer.name(), signer);
    }
    ProcessEvent event = line.event();
    TrustedKey by = signers.get(event.by());
    if (by == null) {
      throw new ProcessRefusedException(
          "%s: the step says that %s took it, but it is signed by %s"
              .formatted(
                  event.technique(), event.by(), signers.isEmpty() ? "nobody" : signers.keySet()));
    }
    if (fresh) {
      checkTime(line.instant(), signers);
    }
    new StepOrder(event.technique(), history(event.technique())).check(event, by, signers.keySet());
    if (taken.contains(Digest.of(line.payload()))) {
      // Its signatures are good for ever: anyone who reads the journal could append it again.
      throw new ProcessRefusedException(
          "%s: the step that %s signed at %s is in the journal already: to repeat it, sign it again"
              .formatted(event.technique(), event.by(), line.time()));
    }
  }

  /** The time is the signer's word: what is appended today must be plausible today. */
  private static void checkTime(Instant time, Map<String, TrustedKey> signers) {
    Instant now = Instant.now();
    if (time.isAfter(now.plus(CLOCKS))) {
      throw new ProcessRefusedException(
          "it was signed at %s, which is still to come: set the clock".formatted(time));
    }
    for (TrustedKey signer : signers.values()) {
      if (!signer.countsAt(now)) {
        throw new ProcessRefusedException(
            "the key of %s ended at %s: a step signed with it is not taken any more"
                .formatted(signer.name(), signer.until()));
      }
    }
  }

  @Override
  public void accept(SignedEvent line) {
    taken.add(Digest.of(line.payload()));
    histories
        .computeIfAbsent(line.event().technique(), name -> new TechniqueHistory())
        .accept(line.event());
  }

  TechniqueHistory history(String technique) {
    return histories.getOrDefault(technique, new TechniqueHistory());
  }
}
