package org.tfmot.techniques.functions;

import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;

/**
 * Operations that choose among the values of their operands: TensorFlow Lite's integer kernels
 * demand one range for operands and result.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Merging {

  private static final Set<String> OPERATIONS =
      Set.of("ConcatV2", "Maximum", "Minimum", "Pack", "PadV2", "Select", "SelectV2");

  private Merging() {}

  /** Returns whether an operation is one of these. */
  public static boolean isMerging(NodeDef node) {
    return OPERATIONS.contains(node.getOp());
  }
}
