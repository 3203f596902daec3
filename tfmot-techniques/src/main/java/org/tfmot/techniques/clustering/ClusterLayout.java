package org.tfmot.techniques.clustering;

import java.util.Arrays;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.WeightGraph;

/**
 * Layout of a weight in rows with separate centroids: one row, or one for each index of the last
 * dimension.
 *
 * @param shape the weight's
 * @param rowCount 1 or the size of the last dimension
 * @param clusters centroids of each row
 */
record ClusterLayout(Shape shape, int rowCount, int clusters) {

  static ClusterLayout ofTensor(Shape shape, int clusters) {
    return new ClusterLayout(shape, 1, clusters);
  }

  static ClusterLayout ofChannels(Shape shape, int clusters) {
    return new ClusterLayout(
        shape, Math.toIntExact(shape.get(shape.numDimensions() - 1)), clusters);
  }

  /** Weights of each row. */
  int rowLength() {
    return Math.toIntExact(shape.size() / rowCount);
  }

  /** One row of a weight's values. */
  float[] row(float[] values, int row) {
    float[] weights = new float[rowLength()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = values[i * rowCount + row];
    }
    return weights;
  }

  /** 0 at the centroid of each row that is nearest to 0, else 1. */
  float[] allButOneZero(float[] centroids) {
    float[] factors = new float[centroids.length];
    Arrays.fill(factors, 1);
    for (int row = 0; row < rowCount; row++) {
      int nearest = row * clusters;
      for (int i = nearest; i < (row + 1) * clusters; i++) {
        nearest = Math.abs(centroids[i]) < Math.abs(centroids[nearest]) ? i : nearest;
      }
      factors[nearest] = 0;
    }
    return factors;
  }

  /** Adds the weight as rows: {@code [rowCount, rowLength]}. */
  String rows(WeightGraph graph, String name, String weight) {
    return rowCount == 1
        ? reshape(graph, name, DataType.DT_FLOAT, weight, 1, rowLength())
        : transpose(
            graph,
            name,
            reshape(graph, name + "/columns", DataType.DT_FLOAT, weight, rowLength(), rowCount));
  }

  /** Adds the weight in its own shape, from the values of all rows one after the other. */
  String restore(WeightGraph graph, String name, String values) {
    String ordered =
        rowCount == 1
            ? values
            : transpose(
                graph,
                name + "/turned",
                reshape(graph, name + "/rows", DataType.DT_FLOAT, values, rowCount, rowLength()));
    int[] sizes = Arrays.stream(shape.asArray()).mapToInt(Math::toIntExact).toArray();
    return reshape(graph, name, DataType.DT_FLOAT, ordered, sizes);
  }

  /** Adds the centroids as {@code [rowCount, clusters]}. */
  String table(WeightGraph graph, String name, String centroids) {
    return reshape(graph, name, DataType.DT_FLOAT, centroids, rowCount, clusters);
  }

  /** Adds some integers one after the other. */
  String flat(WeightGraph graph, String name, String tensor) {
    return reshape(graph, name, DataType.DT_INT32, tensor, -1);
  }

  /** Adds some columns of a table. */
  String columns(WeightGraph graph, String name, String table, int from, int count) {
    return graph.add(
        "Slice",
        name,
        Map.of("T", DataType.DT_FLOAT, "Index", DataType.DT_INT32),
        table,
        graph.constant(name + "/begin", TensorProtos.ints(Shape.of(2), 0, from)),
        graph.constant(name + "/size", TensorProtos.ints(Shape.of(2), rowCount, count)));
  }

  private static String transpose(WeightGraph graph, String name, String tensor) {
    return graph.add(
        "Transpose",
        name,
        Map.of("T", DataType.DT_FLOAT, "Tperm", DataType.DT_INT32),
        tensor,
        graph.constant(name + "/permutation", TensorProtos.ints(Shape.of(2), 1, 0)));
  }

  private static String reshape(
      WeightGraph graph, String name, DataType type, String tensor, int... sizes) {
    return graph.add(
        "Reshape",
        name,
        Map.of("T", type, "Tshape", DataType.DT_INT32),
        tensor,
        graph.constant(name + "/shape", TensorProtos.ints(Shape.of(sizes.length), sizes)));
  }
}
