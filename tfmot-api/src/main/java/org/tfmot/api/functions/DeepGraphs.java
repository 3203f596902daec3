package org.tfmot.api.functions;

import org.apiguardian.api.API;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.graph.GraphCheck;

/**
 * Sessions for graphs in which thousands of operations follow each other. TensorFlow's optimizer of
 * graphs (Grappler) calls itself for each operation of a chain: from about 4,000 on that overflows
 * an ordinary thread's stack, which ends the process, and others take it minutes: the first step of
 * an LSTM of 26 steps that is trained with simulated quantization, 1,995 operations deep, took 97 s
 * with it and 4 s without. Gradients, which come after the session is opened, make a chain up to
 * twice as long.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class DeepGraphs {

  /** The longest chain of operations that is optimized. */
  static final int DEEP = 1_000;

  private DeepGraphs() {}

  /** Returns a session's configuration, without the optimizer if the graph is too deep for it. */
  public static ConfigProto config(GraphDef graph, ConfigProto config) {
    boolean small = graph.getNodeCount() <= DEEP && graph.getLibrary().getFunctionCount() == 0;
    if (small || GraphCheck.longestChain(graph) <= DEEP) {
      return config;
    }
    ConfigProto.Builder deep = config.toBuilder();
    deep.getGraphOptionsBuilder().getRewriteOptionsBuilder().setDisableMetaOptimizer(true);
    return deep.build();
  }
}
