package org.tfmot.api;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * The loops of TensorFlow 1, such as those of {@code dynamic_rnn}: no operation of their own, but a
 * frame that values enter, in which they go round, and which they leave. They are not unrolled.
 */
final class OldLoops {

  private static final String REASON =
      "it is a loop of TensorFlow 1 (Enter, Switch, NextIteration, Exit), which is not unrolled,"
          + " and TensorFlow Lite has no such loop: save the model with control flow of TensorFlow"
          + " 2, as Keras does, or with its steps written out (static_rnn)";

  private OldLoops() {}

  /** Returns the loops of a graph by the names of their frames, each with why it stays. */
  static Map<String, String> in(GraphModel model) {
    Map<String, String> loops = new LinkedHashMap<>();
    for (NodeDef node : model.graphDef().getNodeList()) {
      if (node.getOp().equals("Enter") || node.getOp().equals("RefEnter")) {
        AttrValue frame = node.getAttrOrDefault("frame_name", AttrValue.getDefaultInstance());
        loops.put(frame.getS().toStringUtf8(), REASON);
      }
    }
    return loops;
  }
}
