package org.tfmot.techniques.kernels;

import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.lowering.FakeQuant;

/** Replaces nodes by native operations under the same names. */
final class NativeNodes {

  private static final int FEWEST_BITS = 2;
  private static final int MOST_BITS = 16;

  private NativeNodes() {}

  /** Replaces a node if there is a kernel for it. */
  static void replace(GraphEditor graph, NodeDef node, int threads) {
    if (TrainingKernels.isQuantizer(node)) {
      int bits = FakeQuant.bits(node);
      // Other numbers are TensorFlow's to refuse.
      if (bits >= FEWEST_BITS && bits <= MOST_BITS) {
        graph.replace(quantizer(node, bits, threads));
      }
    } else if (ClusterPattern.isCandidate(node)) {
      ClusterPattern clusters = ClusterPattern.find(graph, node);
      if (clusters != null && clusters.clusters() <= ClusterPattern.MOST_CLUSTERS) {
        graph.replace(clustered(node, clusters, threads));
      }
    }
  }

  private static NodeDef quantizer(NodeDef node, int bits, int threads) {
    NodeDef attributes =
        NodeBuilder.op(NativeKernels.FAKE_QUANT, node.getName())
            .attr("num_bits", bits)
            .attr("narrow_range", FakeQuant.isNarrow(node))
            .attr("channels", node.getOp().equals(StockQuantizer.PER_CHANNEL))
            .attr("threads", threads)
            .build();
    return node.toBuilder().setOp(attributes.getOp()).putAllAttr(attributes.getAttrMap()).build();
  }

  private static NodeDef clustered(NodeDef node, ClusterPattern clusters, int threads) {
    NodeDef attributes =
        NodeBuilder.op(NativeKernels.CLUSTER, node.getName())
            .attr("clusters", clusters.clusters())
            .attr("channels", clusters.channels())
            .attr("zeros", clusters.zeros())
            .attr("mean", clusters.mean())
            .attr("threads", threads)
            .build();
    NodeDef.Builder made =
        node.toBuilder()
            .setOp(attributes.getOp())
            .clearInput()
            .addInput(clusters.weight())
            .addInput(clusters.centroids())
            .removeAttr("T")
            .putAllAttr(attributes.getAttrMap());
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(made::addInput);
    return made.build();
  }
}
