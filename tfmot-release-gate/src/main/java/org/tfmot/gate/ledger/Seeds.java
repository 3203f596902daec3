package org.tfmot.gate.ledger;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * The seeds of runs: nobody picks them. The seed of run i under a key is the first 31 bits of
 * HMAC-SHA256(key digest, i as eight bytes, big-endian).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Seeds {

  private Seeds() {}

  /**
   * The seed of a run.
   *
   * @param key the digest of its {@link EvidenceKey}
   * @param index the run's number under that key, from 1
   * @return 0 to 2^31 - 1
   */
  public static int seed(Digest key, int index) {
    if (index < 1) {
      throw new IllegalArgumentException("run %d: runs are numbered from 1".formatted(index));
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.bytes(), "HmacSHA256"));
      byte[] code = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(index).array());
      return ByteBuffer.wrap(code).getInt() & Integer.MAX_VALUE;
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has HmacSHA256", e);
    }
  }
}
