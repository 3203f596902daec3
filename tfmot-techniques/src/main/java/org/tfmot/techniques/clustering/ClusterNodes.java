package org.tfmot.techniques.clustering;

import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.WeightGraph;
import org.tfmot.techniques.weights.WeightProperty;

/**
 * The nodes that cluster one weight: the centroids, the assignment of each weight to the nearest,
 * and the clustered weight. Weights are kept in rows, one for each set of centroids.
 */
final class ClusterNodes {

  static final String CENTROIDS = "/cluster_centroids";

  private static final String PREFIX = "cluster/";

  private static final String NOT_HELD = "cluster_not_held";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);
  private static final Map<String, DataType> INT = Map.of("T", DataType.DT_INT32);

  private final WeightGraph weight;
  private final ClusterLayout layout;
  private final boolean zeros;

  /**
   * Prepares clustering a weight.
   *
   * @param zeros whether what is 0 stays 0
   */
  ClusterNodes(WeightGraph weight, ClusterLayout layout, boolean zeros) {
    this.weight = weight;
    this.layout = layout;
    this.zeros = zeros;
  }

  static String centroidsOf(String variable) {
    return variable + CENTROIDS;
  }

  /**
   * Adds everything and makes every layer read the clustered weight. Gradients reach the weight
   * itself as if it were not clustered (straight through), and the centroids as the derivative says
   * or as its mean.
   *
   * @param initial the initial centroids, row by row
   * @param detail for the report
   */
  void replace(float[] initial, GradientAggregation aggregation, String detail) {
    String still = node("StopGradient", "weight", weight.tensor());
    String centroids = centroids(initial);
    String index = index(layout.rows(weight, PREFIX + "rows", still), centroids);
    if (aggregation == GradientAggregation.AVG) {
      centroids = averaging(centroids, index);
    }
    String values =
        add(
            "GatherV2",
            "values",
            Map.of(
                "Tparams", DataType.DT_FLOAT,
                "Tindices", DataType.DT_INT32,
                "Taxis", DataType.DT_INT32),
            centroids,
            index,
            constant("axis", TensorProtos.scalar(0)));
    String shaped = layout.restore(weight, PREFIX + "shaped", values);
    String sum = weight.straightThrough(PREFIX + "sum", shaped);
    WeightProperty few =
        layout.rowCount() == 1 ? WeightProperty.FEW_VALUES : WeightProperty.FEW_VALUES_PER_CHANNEL;
    String name = weight.variable().name() + "_clustered";
    if (zeros) {
      String clustered = weight.model().add("Mul", name, FLOAT, sum, notZero(still));
      weight.replace(clustered, detail, few, WeightProperty.ZEROS_STAY);
    } else {
      weight.replace(weight.model().add("Identity", name, FLOAT, sum), detail, few);
    }
  }

  private String notZero(String tensor) {
    String zero = constant("zero", TensorProtos.scalar(0f));
    String different = add("NotEqual", "not_zero", FLOAT, tensor, zero);
    return add(
        "Cast", "mask", Map.of("SrcT", DataType.DT_BOOL, "DstT", DataType.DT_FLOAT), different);
  }

  /** The centroids of all rows, one after the other; one of each row is held at 0 if zeros stay. */
  private String centroids(float[] initial) {
    Shape shape = Shape.of(initial.length);
    String read =
        weight.variable(CENTROIDS.substring(1), TensorProtos.floats(shape, initial), true);
    if (!zeros) {
      return read;
    }
    // A variable: the centroids of a checkpoint need the choice that was made for them.
    String keep =
        weight.variable(NOT_HELD, TensorProtos.floats(shape, layout.allButOneZero(initial)), false);
    return node("Mul", "held", read, keep);
  }

  /** Of each weight, the number of its nearest centroid; of two equally near ones the smaller. */
  private String index(String rows, String centroids) {
    int count = layout.clusters();
    String table = layout.table(weight, PREFIX + "table", node("StopGradient", "now", centroids));
    String order =
        add(
            "TopKV2",
            "order",
            Map.of("T", DataType.DT_FLOAT, "sorted", true),
            node("Neg", "descending", table),
            constant("k", TensorProtos.scalar(count)));
    String sorted = node("Neg", "sorted", order + ":0");
    String lower = layout.columns(weight, PREFIX + "lower", sorted, 0, count - 1);
    String upper = layout.columns(weight, PREFIX + "upper", sorted, 1, count - 1);
    String half = constant("half", TensorProtos.scalar(0.5f));
    String middles = node("Mul", "middles", node("AddV2", "sums", lower, upper), half);
    String position =
        add(
            "LowerBound",
            "position",
            Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32),
            middles,
            rows);
    String permutation = layout.flat(weight, PREFIX + "permutation", offset(order + ":1"));
    return add(
        "GatherV2",
        "index",
        Map.of(
            "Tparams", DataType.DT_INT32,
            "Tindices", DataType.DT_INT32,
            "Taxis", DataType.DT_INT32),
        permutation,
        layout.flat(weight, PREFIX + "flat_position", offset(position)),
        constant("index_axis", TensorProtos.scalar(0)));
  }

  /** Numbers within a row become numbers within all rows. */
  private String offset(String tensor) {
    int[] offsets = new int[layout.rowCount()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = i * layout.clusters();
    }
    String column = constant("offsets", TensorProtos.ints(Shape.of(offsets.length, 1), offsets));
    return add("AddV2", "offset", INT, tensor, column);
  }

  /** The same centroids, whose gradient is divided by the number of weights. */
  private String averaging(String centroids, String index) {
    int all = layout.rowCount() * layout.clusters();
    String ones =
        add(
            "Fill",
            "ones",
            Map.of("T", DataType.DT_INT32, "index_type", DataType.DT_INT32),
            constant(
                "size",
                TensorProtos.ints(Shape.of(1), Math.toIntExact(weight.variable().shape().size()))),
            constant("one", TensorProtos.scalar(1)));
    String numbers =
        add(
            "UnsortedSegmentSum",
            "numbers",
            Map.of(
                "T", DataType.DT_INT32,
                "Tindices", DataType.DT_INT32,
                "Tnumsegments", DataType.DT_INT32),
            ones,
            index,
            constant("segments", TensorProtos.scalar(all)));
    // Counted in integers: a sum of ones in float stops at 2^24.
    String counts =
        add(
            "Cast",
            "counts",
            Map.of("SrcT", DataType.DT_INT32, "DstT", DataType.DT_FLOAT),
            numbers);
    String least = constant("least", TensorProtos.scalar(1f));
    String still = node("StopGradient", "still", centroids);
    // Exactly 0 divided by a count is 0: the value stays, the gradient is divided.
    String change = node("Sub", "change", centroids, still);
    String mean = node("Div", "mean", change, node("Maximum", "some", counts, least));
    return node("AddV2", "averaging", still, mean);
  }

  private String node(String op, String name, String... inputs) {
    return weight.add(op, PREFIX + name, inputs);
  }

  private String add(String op, String name, Map<String, ?> attributes, String... inputs) {
    return weight.add(op, PREFIX + name, attributes, inputs);
  }

  private String constant(String name, TensorProto value) {
    return weight.constant(PREFIX + name, value);
  }
}
