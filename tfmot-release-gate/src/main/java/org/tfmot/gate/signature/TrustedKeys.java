package org.tfmot.gate.signature;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Json;

/**
 * The keys whose signatures count: a JSON list of name, team and public key, reviewed like code.
 *
 * <p>One person has one name and one key at a time; else an author could approve under a second
 * name. Who leaves, or gets a new key or team, keeps the entry, which gets an {@code until}, and
 * has a new one beside it; an entry that is taken out takes everything that it signed with it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TrustedKeys {

  private final List<TrustedKey> keys;
  private final Map<String, TrustedKey> byId = new HashMap<>();

  /**
   * @throws IllegalArgumentException if a name is spelled in two ways or has two keys that have not
   *     ended, or two entries have the same key
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public TrustedKeys(List<TrustedKey> keys) {
    this.keys = List.copyOf(keys);
    Map<String, TrustedKey> byName = new HashMap<>();
    for (TrustedKey key : keys) {
      TrustedKey other = byName.get(person(key.name()));
      if (other != null && !other.name().equals(key.name())) {
        throw new IllegalArgumentException(
            "\"%s\" and \"%s\" are the same name: write it in one way"
                .formatted(other.name(), key.name()));
      }
      if (other != null && other.until() == null && key.until() == null) {
        throw new IllegalArgumentException(
            "\"%s\" has two keys that have not ended: give the older one an \"until\""
                .formatted(key.name()));
      }
      if (other == null || key.until() == null) {
        byName.put(person(key.name()), key);
      }
      TrustedKey twin = byId.put(key.keyId(), key);
      if (twin != null) {
        throw new IllegalArgumentException(
            "\"%s\" and \"%s\" have the same key: one key is one person"
                .formatted(twin.name(), key.name()));
      }
    }
  }

  /** Reads the file. */
  public static TrustedKeys read(Path file) throws IOException {
    return Json.read(file, TrustedKeys.class);
  }

  /** The entries. */
  @JsonValue
  public List<TrustedKey> keys() {
    return keys;
  }

  /** Whose key it is; empty if it is not trusted. */
  public Optional<TrustedKey> holder(SigningKey key) {
    return Optional.ofNullable(byId.get(key.keyId()));
  }

  /**
   * Returns whose signature it is, of the key that it names, whether that has ended or not.
   *
   * @return empty if it names no trusted key, or is not that key's
   */
  public Optional<TrustedKey> holder(String payloadType, byte[] payload, KeySignature signature) {
    TrustedKey named = byId.get(Objects.requireNonNullElse(signature.keyid(), ""));
    try {
      return Optional.ofNullable(named)
          .filter(key -> key.signed(Dsse.pae(payloadType, payload), signature.bytes()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the key that made a signature.
   *
   * @param at when it was made
   * @throws UntrustedSignatureException if no trusted key made it, or one that did not count then
   */
  public TrustedKey signer(String payloadType, byte[] payload, KeySignature signature, Instant at) {
    byte[] message = Dsse.pae(payloadType, payload);
    byte[] bytes;
    try {
      bytes = signature.bytes();
    } catch (IllegalArgumentException e) {
      throw new UntrustedSignatureException(true, "a signature is no base64: it is damaged");
    }
    TrustedKey hinted = byId.get(Objects.requireNonNullElse(signature.keyid(), ""));
    if (hinted != null) {
      if (!hinted.signed(message, bytes)) {
        throw new UntrustedSignatureException(
            true,
            "the signature is not %s's: what was signed was changed, or it is forged"
                .formatted(hinted.name()));
      }
      return counting(hinted, at);
    }
    // The id is only a hint: a file may lack it, or have another way to count it.
    for (TrustedKey key : keys) {
      if (key.signed(message, bytes)) {
        return counting(key, at);
      }
    }
    throw new UntrustedSignatureException(
        false,
        "the signer is not trusted: no entry of the trusted keys has the key %s"
            .formatted(Objects.requireNonNullElse(signature.keyid(), "that signed it")));
  }

  private static TrustedKey counting(TrustedKey key, Instant at) {
    if (!key.countsAt(at)) {
      throw new UntrustedSignatureException(
          false,
          "the signer is not trusted any more: the key of %s ended at %s"
              .formatted(key.name(), key.until()));
    }
    return key;
  }

  /** Returns the part that two names of one person have in common. */
  private static String person(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFKC)
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\s+", " ");
  }
}
