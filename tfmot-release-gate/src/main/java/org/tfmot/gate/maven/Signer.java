package org.tfmot.gate.maven;

import java.io.IOException;
import org.apiguardian.api.API;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.Journal;
import org.tfmot.gate.process.ProcessEvent;
import org.tfmot.gate.process.SignedEvent;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Someone who takes a step.
 *
 * @param name the holder of the key, as in the trusted keys
 * @param key to sign with
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Signer(String name, SigningKey key) {

  /**
   * The holder of a key.
   *
   * @throws IllegalStateException if the key is not trusted
   */
  public static Signer of(TrustedKeys keys, SigningKey key) {
    return keys.holder(key)
        .map(holder -> new Signer(holder.name(), key))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    ("nothing was signed: the key %s is not one of the trusted keys; have its entry"
                            + " reviewed and put there (gate:keygen printed it)")
                        .formatted(key.keyId())));
  }

  /**
   * Signs a step and appends it.
   *
   * @param candidate the technique as it is now
   * @throws IllegalArgumentException if the step may not be taken, with the reason
   */
  public void take(ProcessEvent event, Candidate candidate, Journal journal) throws IOException {
    journal.append(SignedEvent.sign(event, key), candidate);
  }
}
