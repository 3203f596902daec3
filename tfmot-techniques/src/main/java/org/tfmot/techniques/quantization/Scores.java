package org.tfmot.techniques.quantization;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds the tensors that softmax alone reads, and what their ranges have to cover. A value that is
 * far below the largest of its row has the share 0; a mask of an attention puts values of -1e9
 * there so that they have. The range of such a tensor ends where shares are 0 in the result's
 * steps.
 */
final class Scores {

  /** All values below the floor are together less than a quarter of a step of the result. */
  private static final double QUARTERS = 4;

  /** A row has a mask if a value is so far below the floor; the range of other rows is theirs. */
  private static final float MASK = 64;

  private Scores() {}

  /** Tells whether all that read a tensor are softmaxes. */
  static boolean isOf(DataFlow flow, TensorRef tensor) {
    List<NodeDef> users = flow.users(tensor);
    return !users.isEmpty() && users.stream().allMatch(user -> user.getOp().equals("Softmax"));
  }

  /**
   * Adds a tensor with the values of another; in a row with a mask none is further below the
   * largest than where all of them together have the share 0.
   *
   * @param bits of the softmax
   * @return the tensor's name
   */
  static String floored(ModelEditor model, String name, String tensor, int bits) {
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT);
    Map<String, ?> reduction =
        Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32, "keep_dims", true);
    String axis = model.addConstant(name + "/axis", TensorProtos.scalar(-1));
    double levels = bits > Grid.BITS ? 0x1p15 : 0x1p8;
    String share =
        model.addConstant(
            name + "/share", TensorProtos.scalar((float) Math.log(QUARTERS * levels)));
    String ones = model.add("OnesLike", name + "/ones", types, tensor);
    String count = model.add("Sum", name + "/count", reduction, ones, axis);
    String all = model.add("Log", name + "/log", types, count);
    String reach = model.add("AddV2", name + "/reach", types, all, share);
    String largest = model.add("Max", name + "/largest", reduction, tensor, axis);
    String floor = model.add("Sub", name + "/floor", types, largest, reach);
    String smallest = model.add("Min", name + "/smallest", reduction, tensor, axis);
    String far = model.addConstant(name + "/far", TensorProtos.scalar(MASK));
    String limit = model.add("Sub", name + "/limit", types, floor, far);
    String masked = model.add("Less", name + "/masked", types, smallest, limit);
    String chosen = model.add("SelectV2", name + "/chosen", types, masked, floor, smallest);
    return model.add("Maximum", name, types, tensor, chosen);
  }
}
