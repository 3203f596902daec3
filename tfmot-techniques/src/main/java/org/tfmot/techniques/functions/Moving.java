package org.tfmot.techniques.functions;

import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.PassThrough;

/**
 * Operations that only move or choose values of one operand, or put zeros around them: their result
 * has the operand's range.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Moving {

  private static final Set<String> OPERATIONS =
      Set.of(
          "MaxPool",
          "MaxPoolV2",
          "Max",
          "Min",
          "Pad",
          "MirrorPad",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Transpose",
          "ResizeNearestNeighbor",
          "Slice",
          "StridedSlice",
          "Split",
          "SplitV",
          "Tile",
          "SpaceToBatchND",
          "BatchToSpaceND",
          "GatherNd",
          "Gather",
          "GatherV2",
          "SpaceToDepth",
          "DepthToSpace");

  private static final Set<String> RESHAPES = Set.of("ExpandDims", "Reshape", "Squeeze");

  private Moving() {}

  /** Returns whether an operation is one of these, or passes its operand on. */
  public static boolean isMoving(NodeDef node) {
    return OPERATIONS.contains(node.getOp()) || PassThrough.isPassThrough(node);
  }

  /** Returns whether an operation changes nothing but the shape. */
  public static boolean isReshape(NodeDef node) {
    return RESHAPES.contains(node.getOp());
  }

  /** Returns the input whose values such an operation moves. */
  public static int operand(NodeDef node) {
    // The axis comes first.
    return node.getOp().equals("Split") ? 1 : 0;
  }
}
