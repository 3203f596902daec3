package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;

/**
 * The class path that convergence tests run on, file by file: {@code gate.lock}. Evidence is bound
 * to its digest.
 *
 * @param artifacts in the order of the class path
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateLock(List<LockedArtifact> artifacts) {

  /** Copies the list. */
  public GateLock {
    artifacts = List.copyOf(artifacts);
  }

  /**
   * Reads a lock.
   *
   * @throws org.tfmot.gate.json.InvalidJsonException if it is none
   */
  public static GateLock read(Path file) throws IOException {
    return Json.read(file, GateLock.class);
  }

  /** Writes it, a whole file or none. */
  public void write(Path file) throws IOException {
    Json.write(file, this);
  }

  /**
   * The digest of what runs: files and their order, whichever mirror they came from.
   *
   * @return equal for locks whose tests run on the same bytes under the same names
   */
  public Digest digest() {
    return Digest.ofJson(
        artifacts.stream().map(a -> List.of(a.coordinates(), a.digest().value())).toList());
  }

  /**
   * Compares files with those that were locked.
   *
   * @param files by their coordinates
   * @return what is not so, one sentence for each; empty if all is
   */
  public List<String> differences(Map<String, Path> files) throws IOException {
    List<String> differences = new ArrayList<>();
    Map<String, Path> left = new TreeMap<>(files);
    for (LockedArtifact artifact : artifacts) {
      Path file = left.remove(artifact.coordinates());
      if (file == null || !Files.exists(file)) {
        differences.add("%s is locked and not there".formatted(artifact.coordinates()));
      } else {
        Digest digest = Digest.of(file);
        if (!digest.equals(artifact.digest())) {
          differences.add(
              "%s is not the file that was locked: %s has the digest %s, not %s"
                  .formatted(artifact.coordinates(), file, digest, artifact.digest()));
        }
      }
    }
    left.forEach(
        (coordinates, file) ->
            differences.add("%s (%s) is not in the lock".formatted(coordinates, file)));
    return differences;
  }
}
