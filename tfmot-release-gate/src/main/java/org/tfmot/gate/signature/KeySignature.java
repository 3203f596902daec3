package org.tfmot.gate.signature;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A signature as it stands in an envelope.
 *
 * @param keyid {@link SigningKey#keyId} of the signer: a hint which key to try, not a proof; null
 *     if it is not given
 * @param sig the signature in base64
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record KeySignature(@Nullable String keyid, String sig) {

  /**
   * The signature's bytes.
   *
   * @throws IllegalArgumentException if it is no base64
   */
  public byte[] bytes() {
    return Dsse.decode(sig);
  }
}
