package org.tfmot.api.graph;

import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;

/**
 * The operations whose first output is their first input: identities, and those that check, print
 * or copy a value, or keep gradients away from it. In inference each of them is an identity.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class PassThrough {

  /** Look at a value, or could be fed one, which inference leaves out. */
  private static final Set<String> OBSERVERS =
      Set.of(
          "CheckNumerics",
          "CheckNumericsV2",
          "Copy",
          "CopyHost",
          "DebugGradientIdentity",
          "DebugIdentity",
          "DebugIdentityV2",
          "DebugIdentityV3",
          "PlaceholderWithDefault",
          "Print",
          "Snapshot");

  private static final Set<String> OTHERS =
      Set.of("EnsureShape", "Identity", "PreventGradient", "StopGradient");

  private PassThrough() {}

  /** Returns whether a node's first output is its first input. */
  public static boolean isPassThrough(NodeDef node) {
    return OTHERS.contains(node.getOp()) || isObserver(node);
  }

  /**
   * Returns whether a node hands its first input through and checks, prints or copies it: work that
   * inference leaves out.
   */
  public static boolean isObserver(NodeDef node) {
    return OBSERVERS.contains(node.getOp());
  }
}
