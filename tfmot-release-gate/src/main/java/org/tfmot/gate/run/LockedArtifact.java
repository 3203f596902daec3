package org.tfmot.gate.run;

import java.util.StringJoiner;
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
 * @param repository the id of the one it came from; {@code local} if it was installed
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record LockedArtifact(
    String groupId,
    String artifactId,
    String extension,
    String classifier,
    String version,
    Digest digest,
    String repository) {

  /**
   * {@code groupId:artifactId[:extension][:classifier]:version}, as people write it: the extension
   * only if it is not {@code jar}.
   */
  public String coordinates() {
    StringJoiner text = new StringJoiner(":").add(groupId).add(artifactId);
    if (!extension.equals("jar")) {
      text.add(extension);
    }
    if (!classifier.isEmpty()) {
      text.add(classifier);
    }
    return text.add(version).toString();
  }
}
