package org.tfmot.gate.signature;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The JSON envelope of DSSE.
 *
 * @param payload what is signed, in base64
 * @param payloadType how the payload is to be read
 * @param signatures at least one
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record DsseEnvelope(String payload, String payloadType, List<KeySignature> signatures) {

  /** Copies the list. */
  public DsseEnvelope {
    signatures = List.copyOf(signatures);
  }

  /** Signs a payload. */
  public static DsseEnvelope sign(String payloadType, byte[] payload, SigningKey key) {
    return new DsseEnvelope(
        Dsse.encode(payload), payloadType, List.of(key.sign(payloadType, payload)));
  }

  /** The same payload with one more signature. */
  public DsseEnvelope alsoSign(SigningKey key) {
    List<KeySignature> more = new ArrayList<>(signatures);
    more.add(key.sign(payloadType, body()));
    return new DsseEnvelope(payload, payloadType, more);
  }

  /**
   * The payload's bytes. They say nothing before {@link TrustedKeys#signer} has verified them.
   *
   * @throws IllegalArgumentException if the payload is no base64
   */
  public byte[] body() {
    return Dsse.decode(payload);
  }
}
