package org.tfmot.gate.process;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * A bump that was tried and written.
 *
 * @param coordinates {@code groupId:artifactId}
 * @param from the lower bound before
 * @param to the lower bound now; the example holds on it
 * @param newest the newest version in range; the example holds on it
 * @param needed false if the example holds on the old bound too, so that the bump is a choice
 * @param alsoAffected other dependencies and plugins that take their version from the same property
 * @param diff the change, in the unified format
 * @param pomDigest of the changed POM
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record BumpResult(
    String coordinates,
    String from,
    String to,
    String newest,
    boolean needed,
    List<String> alsoAffected,
    String diff,
    Digest pomDigest) {

  /** Copies the list. */
  public BumpResult {
    alsoAffected = List.copyOf(alsoAffected);
  }
}
