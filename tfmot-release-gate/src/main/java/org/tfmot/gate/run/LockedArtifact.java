package org.tfmot.gate.run;

import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * A file of a class path.
 *
 * @param groupId of the artifact
 * @param artifactId of the artifact
 * @param extension such as {@code jar}
 * @param classifier empty for none
 * @param version the very one: a snapshot's has its time stamp
 * @param digest of the file
 */
@API(status = API.Status.EXPERIMENTAL)
public record LockedArtifact(
    String groupId,
    String artifactId,
    String extension,
    String classifier,
    String version,
    Digest digest) {

  /** {@code groupId:artifactId[:classifier]:version}, as people write it. */
  public String coordinates() {
    return String.join(
        ":", groupId, artifactId, classifier.isEmpty() ? version : classifier + ":" + version);
  }
}
