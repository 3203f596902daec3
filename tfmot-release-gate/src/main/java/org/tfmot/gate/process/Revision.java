package org.tfmot.gate.process;

import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * Subject of an approval.
 *
 * @param commit the commit, 40 or 64 hexadecimal digits
 * @param claims digest of all claims of the technique
 * @param example digest of the example's code
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Revision(String commit, Digest claims, Digest example) {

  /**
   * @throws IllegalArgumentException if the commit is not a full hash: a branch or tag moves
   */
  public Revision {
    if (!commit.matches("[0-9a-f]{40}|[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "\"%s\" is no commit: the full hash is needed, 40 or 64 hexadecimal digits"
              .formatted(commit));
    }
  }

  /** Returns whether claims and example are the same: then its training need not be repeated. */
  boolean sameWork(Revision other) {
    return claims.equals(other.claims) && example.equals(other.example);
  }

  /** Describes how this differs from what is there now, for a sentence; empty if it does not. */
  String difference(Revision now) {
    if (!claims.equals(now.claims)) {
      return "the claims have changed since";
    }
    if (!example.equals(now.example)) {
      return "the example has changed since";
    }
    return commit.equals(now.commit)
        ? ""
        : "it is for commit %s, and the head is %s".formatted(shortCommit(), now.shortCommit());
  }

  String shortCommit() {
    return commit.substring(0, 10);
  }
}
