package org.tfmot.techniques.kernels;

import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.Weight;

/**
 * A clustered weight, as {@link org.tfmot.techniques.clustering.Clustering} writes it: each
 * weight's nearest centroid, through which gradients pass.
 *
 * @param weight the tensor that is clustered
 * @param centroids the tensor of the centroids of all sets, one set after the other
 * @param clusters centroids of each set
 * @param channels whether there is a set for each index of the last dimension
 * @param zeros whether what is 0 stays 0
 * @param mean whether the gradient of a centroid is the mean of its weights', or their sum
 */
record ClusterPattern(
    String weight, String centroids, int clusters, boolean channels, boolean zeros, boolean mean) {

  /** A kernel's index is a byte. */
  static final int MOST_CLUSTERS = 256;

  private static final String SUFFIX = "_clustered";

  /** Returns whether a node may be the last one of a clustered weight. */
  static boolean isCandidate(NodeDef node) {
    return node.getName().endsWith(SUFFIX) && node.containsAttr(Weight.STANDS_FOR);
  }

  /** Returns what makes a candidate, or null if its nodes are others than clustering's. */
  static @Nullable ClusterPattern find(GraphEditor graph, NodeDef clustered) {
    return new Walk(graph).find(clustered);
  }

  /** Follows the nodes from the last one to the first; a null is a node of another type. */
  private record Walk(GraphEditor graph) {

    @Nullable ClusterPattern find(NodeDef clustered) {
      boolean zeros = clustered.getOp().equals("Mul");
      if (!zeros && !clustered.getOp().equals("Identity")) {
        return null;
      }
      NodeDef sum = input(clustered, 0, "AddV2");
      NodeDef through = input(sum, 1, "Sub");
      NodeDef shaped = input(sum, 0, "Reshape");
      NodeDef turned = input(shaped, 0, "Transpose");
      NodeDef values = input(turned == null ? shaped : input(turned, 0, "Reshape"), 0, "GatherV2");
      NodeDef index = input(values, 1, "GatherV2");
      NodeDef order = input(input(input(index, 0, "Reshape"), 0, "AddV2"), 0, "TopKV2");
      NodeDef position = input(input(input(index, 1, "Reshape"), 0, "AddV2"), 0, "LowerBound");
      NodeDef now = input(input(input(order, 0, "Neg"), 0, "Reshape"), 0, "StopGradient");
      NodeDef count = input(order, 1, "Const");
      if (through == null || values == null || position == null || now == null || count == null) {
        return null;
      }
      String weight = through.getInput(0);
      String centroids = now.getInput(0);
      boolean mean = !values.getInput(0).equals(centroids);
      if (!values.getName().endsWith("/cluster/values")
          || !reads(rows(position), weight)
          || (mean && !isAveraging(values, centroids))
          || (zeros && !isMask(clustered, weight))) {
        return null;
      }
      int clusters = TensorProtos.toInts(count.getAttrOrThrow("value").getTensor())[0];
      return new ClusterPattern(weight, centroids, clusters, turned != null, zeros, mean);
    }

    private @Nullable NodeDef rows(NodeDef position) {
      NodeDef turned = input(position, 1, "Transpose");
      return input(input(turned == null ? position : turned, turned == null ? 1 : 0, "Reshape"), 0);
    }

    private boolean isAveraging(NodeDef values, String centroids) {
      NodeDef averaging = input(values, 0, "AddV2");
      NodeDef change = input(input(averaging, 1, "Div"), 0, "Sub");
      return reads(input(averaging, 0), centroids)
          && change != null
          && change.getInput(0).equals(centroids);
    }

    private boolean isMask(NodeDef clustered, String weight) {
      NodeDef different = input(input(clustered, 1, "Cast"), 0, "NotEqual");
      return reads(input(different, 0), weight);
    }

    private static boolean reads(@Nullable NodeDef still, String tensor) {
      return still != null
          && still.getOp().equals("StopGradient")
          && still.getInput(0).equals(tensor);
    }

    private @Nullable NodeDef input(@Nullable NodeDef node, int index) {
      return node == null || node.getInputCount() <= index ? null : graph.input(node, index);
    }

    private @Nullable NodeDef input(@Nullable NodeDef node, int index, String type) {
      NodeDef producer = input(node, index);
      return producer == null || !producer.getOp().equals(type) ? null : producer;
    }
  }
}
