package org.tfmot.techniques.kernels;

import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.LiveGraphRewrite;
import org.tfmot.api.graph.GraphEditor;

/**
 * Puts kernels into a graph that is opened to be trained: one native operation for each simulated
 * quantization and for each clustered weight or, without a native library, what TensorFlow computes
 * fastest.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class TrainingKernels implements LiveGraphRewrite {

  /** For {@link java.util.ServiceLoader}. */
  public TrainingKernels() {}

  @Override
  public GraphDef rewrite(GraphDef graphDef, ConfigProto config) {
    return graphDef.getNodeList().stream().anyMatch(TrainingKernels::isMeant)
        ? rewrite(graphDef, Kernels.isNative(), threads(config))
        : graphDef;
  }

  /**
   * Rewrites a graph in one of the two ways.
   *
   * @param natively whether with native operations; they must be there
   * @param threads of one operation, at least 1
   */
  static GraphDef rewrite(GraphDef graphDef, boolean natively, int threads) {
    GraphEditor graph = new GraphEditor(graphDef);
    for (NodeDef node : graphDef.getNodeList()) {
      if (natively) {
        NativeNodes.replace(graph, node, threads);
      } else if (isQuantizer(node)) {
        StockQuantizer.replace(graph, node);
      }
    }
    return graph.build();
  }

  private static boolean isMeant(NodeDef node) {
    return isQuantizer(node) || ClusterPattern.isCandidate(node);
  }

  /** Returns whether a node simulates quantization with a range that is computed. */
  static boolean isQuantizer(NodeDef node) {
    return Set.of("FakeQuantWithMinMaxVars", StockQuantizer.PER_CHANNEL).contains(node.getOp());
  }

  private static int threads(ConfigProto config) {
    int given = config.getIntraOpParallelismThreads();
    return given > 0 ? given : Runtime.getRuntime().availableProcessors();
  }
}
