package org.tfmot.gate.json;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apiguardian.api.API;

/**
 * A SHA-256 digest, written {@code sha256:} and 64 lower-case hexadecimal digits.
 *
 * @param value the written form
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Digest(@JsonValue String value) implements Comparable<Digest> {

  private static final String PREFIX = "sha256:";
  private static final int LENGTH = PREFIX.length() + 64;

  /**
   * @throws IllegalArgumentException if the text is not of that form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Digest {
    if (!wellFormed(value)) {
      throw new IllegalArgumentException(
          "\"%s\" is no digest: sha256: and 64 lower-case hexadecimal digits are needed"
              .formatted(value));
    }
  }

  /** The digest of bytes. */
  public static Digest of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  /** The digest of {@code length} bytes from {@code offset}. */
  public static Digest of(byte[] bytes, int offset, int length) {
    MessageDigest sha256 = sha256();
    sha256.update(bytes, offset, length);
    return of(sha256);
  }

  /** The digest of a file's bytes. */
  public static Digest of(Path file) throws IOException {
    MessageDigest sha256 = sha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        sha256.update(buffer, 0, count);
      }
    }
    return of(sha256);
  }

  /** The digest of a value's canonical JSON: equal for equal values, whatever their key order. */
  public static Digest ofJson(Object value) {
    return of(Json.canonical(value).getBytes(StandardCharsets.UTF_8));
  }

  /** The 64 hexadecimal digits. */
  public String hex() {
    return value.substring(PREFIX.length());
  }

  /** The 32 bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(value, PREFIX.length(), LENGTH);
  }

  @Override
  public int compareTo(Digest other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }

  private static Digest of(MessageDigest sha256) {
    return new Digest(PREFIX + HexFormat.of().formatHex(sha256.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static boolean wellFormed(String text) {
    if (text == null || text.length() != LENGTH || !text.startsWith(PREFIX)) {
      return false;
    }
    for (int i = PREFIX.length(); i < LENGTH; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }
}
