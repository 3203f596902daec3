package org.tfmot.gate.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.SigningKey;

/**
 * Source of the seed of a runner's run. An Ed25519 signature is deterministic: who has the key
 * cannot choose it, who has not cannot know it before, and anybody can check it with the public
 * key. What is signed holds nothing that whoever starts a run can set.
 *
 * @param test the test that is run
 * @param claims digest of the claims that it proves
 * @param counter how many runs of this test the runner has begun, this one included, whatever they
 *     were about; it never goes back
 * @param signature of the runner, with the id of its key
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record SeedDraw(String test, Digest claims, long counter, KeySignature signature) {

  /** The type of what is signed. */
  public static final String PAYLOAD_TYPE = "application/vnd.tfmot.gate.seed+json";

  /**
   * @throws IllegalArgumentException if the counter is under 1, or the signature names no key
   */
  public SeedDraw {
    if (counter < 1) {
      throw new IllegalArgumentException(
          "run %d of %s: runs are counted from 1".formatted(counter, test));
    }
    if (signature.keyid() == null) {
      throw new IllegalArgumentException(
          "run %d of %s: its signature names no key".formatted(counter, test));
    }
  }

  /** Draws a seed. */
  public static SeedDraw sign(String test, Digest claims, long counter, SigningKey runner) {
    return new SeedDraw(
        test, claims, counter, runner.sign(PAYLOAD_TYPE, payload(test, claims, counter)));
  }

  /** Returns what was signed. */
  public byte[] payload() {
    return payload(test, claims, counter);
  }

  private static byte[] payload(String test, Digest claims, long counter) {
    TreeMap<String, Object> members = new TreeMap<>();
    members.put("claims", claims);
    members.put("counter", counter);
    members.put("test", test);
    return Json.canonical(members).getBytes(StandardCharsets.UTF_8);
  }

  /** Returns the seed: the first 31 bits of SHA-256 of the signature. */
  public int seed() {
    return ByteBuffer.wrap(Digest.of(signature.bytes()).bytes()).getInt() & Integer.MAX_VALUE;
  }

  /** Returns the id of the runner's key, as the signature names it. */
  public String runner() {
    return String.valueOf(signature.keyid());
  }
}
