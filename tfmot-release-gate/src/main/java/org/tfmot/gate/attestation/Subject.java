package org.tfmot.gate.attestation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * A file that a statement is about.
 *
 * @param name the file's name in the repository
 * @param digest {@code sha256} to 64 hexadecimal digits
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Subject(String name, Map<String, String> digest) {

  /**
   * Copies the map.
   *
   * @throws IllegalArgumentException if there is no name or no SHA-256
   */
  public Subject {
    digest = Map.copyOf(digest);
    String hex = digest.get("sha256");
    if (name.isBlank() || hex == null) {
      throw new IllegalArgumentException(
          "the subject \"%s\" has the digests %s: a name and sha256 are needed"
              .formatted(name, digest.keySet()));
    }
    new Digest("sha256:" + hex);
  }

  /** The subject for a file's bytes. */
  public static Subject of(String name, Path file) throws IOException {
    return of(name, Digest.of(file));
  }

  /** The subject for a digest. */
  public static Subject of(String name, Digest digest) {
    return new Subject(name, Map.of("sha256", digest.hex()));
  }

  /** The SHA-256. */
  public Digest sha256() {
    return new Digest("sha256:" + digest.get("sha256"));
  }
}
