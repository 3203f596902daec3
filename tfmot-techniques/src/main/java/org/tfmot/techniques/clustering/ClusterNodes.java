package org.tfmot.techniques.clustering;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.Weight;

/**
 * The nodes that cluster one weight: the centroids, the assignment of each weight to the nearest,
 * and the clustered weight. Weights are kept in rows, one for each set of centroids.
 */
final class ClusterNodes {

  static final String CENTROIDS = "/cluster_centroids";

  private static final String NOT_HELD = "/cluster_not_held";

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);
  private static final Map<String, DataType> INT = Map.of("T", DataType.DT_INT32);

  private final ModelEditor model;
  private final Weight weight;
  private final ClusterLayout layout;
  private final String prefix;
  private final boolean zeros;

  /**
   * Prepares clustering a weight.
   *
   * @param zeros whether what is 0 stays 0
   */
  ClusterNodes(ModelEditor model, Weight weight, ClusterLayout layout, boolean zeros) {
    this.model = model;
    this.weight = weight;
    this.layout = layout;
    this.zeros = zeros;
    prefix = weight.variable().name() + "/cluster";
  }

  static String centroidsOf(String variable) {
    return variable + CENTROIDS;
  }

  /**
   * Adds everything and makes every layer read the clustered weight, whose name is the answer.
   * Gradients reach the weight itself as if it were not clustered (straight through), and the
   * centroids as the derivative says or as its mean.
   *
   * @param initial the initial centroids, row by row
   */
  String add(float[] initial, GradientAggregation aggregation) {
    String raw = weight.tensor();
    String still = node("StopGradient", "/weight", raw);
    String centroids = centroids(initial);
    String index = index(layout.rows(model, prefix + "/rows", still), centroids);
    if (aggregation == GradientAggregation.AVG) {
      centroids = averaging(centroids, index);
    }
    String values =
        model.add(
            "GatherV2",
            prefix + "/values",
            Map.of(
                "Tparams", DataType.DT_FLOAT,
                "Tindices", DataType.DT_INT32,
                "Taxis", DataType.DT_INT32),
            centroids,
            index,
            model.addConstant(prefix + "/axis", TensorProtos.scalar(0)));
    String shaped = layout.restore(model, prefix + "/shaped", values);
    // Exactly 0, and yet it has the weight's gradient.
    String through = node("Sub", "/through", raw, still);
    return finish(node("AddV2", "/sum", shaped, through), still);
  }

  private String finish(String sum, String still) {
    String name = weight.variable().name();
    Map<String, Object> attributes = new HashMap<>(FLOAT);
    attributes.put(Weight.STANDS_FOR, name);
    attributes.put(Weight.LEVELS, layout.rowCount() == 1 ? Weight.OF_TENSOR : Weight.OF_CHANNEL);
    String clustered;
    if (zeros) {
      attributes.put(Weight.ZEROS_STAY, true);
      clustered = model.add("Mul", name + "_clustered", attributes, sum, notZero(still));
    } else {
      clustered = model.add("Identity", name + "_clustered", attributes, sum);
    }
    String own = prefix + "/";
    weight.replaceBy(model, clustered, user -> user.getName().startsWith(own));
    return clustered;
  }

  private String notZero(String tensor) {
    String zero = model.addConstant(prefix + "/zero", TensorProtos.scalar(0f));
    String different = model.add("NotEqual", prefix + "/not_zero", FLOAT, tensor, zero);
    return model.add(
        "Cast",
        prefix + "/mask",
        Map.of("SrcT", DataType.DT_BOOL, "DstT", DataType.DT_FLOAT),
        different);
  }

  /** The centroids of all rows, one after the other; one of each row is held at 0 if zeros stay. */
  private String centroids(float[] initial) {
    Shape shape = Shape.of(initial.length);
    String read =
        model.addVariable(
            centroidsOf(weight.variable().name()), TensorProtos.floats(shape, initial), true);
    if (!zeros) {
      return read;
    }
    // A variable: the centroids of a checkpoint need the choice that was made for them.
    String keep =
        model.addVariable(
            weight.variable().name() + NOT_HELD,
            TensorProtos.floats(shape, layout.allButOneZero(initial)),
            false);
    return node("Mul", "/held", read, keep);
  }

  /** Of each weight, the number of its nearest centroid; of two equally near ones the smaller. */
  private String index(String rows, String centroids) {
    int count = layout.clusters();
    String table = layout.table(model, prefix + "/table", node("StopGradient", "/now", centroids));
    String order =
        model.add(
            "TopKV2",
            prefix + "/order",
            Map.of("T", DataType.DT_FLOAT, "sorted", true),
            node("Neg", "/descending", table),
            model.addConstant(prefix + "/k", TensorProtos.scalar(count)));
    String sorted = node("Neg", "/sorted", order + ":0");
    String lower = layout.columns(model, prefix + "/lower", sorted, 0, count - 1);
    String upper = layout.columns(model, prefix + "/upper", sorted, 1, count - 1);
    String half = model.addConstant(prefix + "/half", TensorProtos.scalar(0.5f));
    String middles = node("Mul", "/middles", node("AddV2", "/sums", lower, upper), half);
    String position =
        model.add(
            "LowerBound",
            prefix + "/position",
            Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32),
            middles,
            rows);
    String permutation = layout.flat(model, prefix + "/permutation", offset(order + ":1"));
    return model.add(
        "GatherV2",
        prefix + "/index",
        Map.of(
            "Tparams", DataType.DT_INT32,
            "Tindices", DataType.DT_INT32,
            "Taxis", DataType.DT_INT32),
        permutation,
        layout.flat(model, prefix + "/flat_position", offset(position)),
        model.addConstant(prefix + "/index_axis", TensorProtos.scalar(0)));
  }

  /** Numbers within a row become numbers within all rows. */
  private String offset(String tensor) {
    int[] offsets = new int[layout.rowCount()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = i * layout.clusters();
    }
    String column =
        model.addConstant(
            prefix + "/offsets", TensorProtos.ints(Shape.of(offsets.length, 1), offsets));
    return model.add("AddV2", prefix + "/offset", INT, tensor, column);
  }

  /** The same centroids, whose gradient is divided by the number of weights. */
  private String averaging(String centroids, String index) {
    int all = layout.rowCount() * layout.clusters();
    String ones =
        model.add(
            "Fill",
            prefix + "/ones",
            Map.of("T", DataType.DT_INT32, "index_type", DataType.DT_INT32),
            model.addConstant(
                prefix + "/size",
                TensorProtos.ints(Shape.of(1), Math.toIntExact(weight.variable().shape().size()))),
            model.addConstant(prefix + "/one", TensorProtos.scalar(1)));
    String numbers =
        model.add(
            "UnsortedSegmentSum",
            prefix + "/numbers",
            Map.of(
                "T", DataType.DT_INT32,
                "Tindices", DataType.DT_INT32,
                "Tnumsegments", DataType.DT_INT32),
            ones,
            index,
            model.addConstant(prefix + "/segments", TensorProtos.scalar(all)));
    // Counted in integers: a sum of ones in float stops at 2^24.
    String counts =
        model.add(
            "Cast",
            prefix + "/counts",
            Map.of("SrcT", DataType.DT_INT32, "DstT", DataType.DT_FLOAT),
            numbers);
    String least = model.addConstant(prefix + "/least", TensorProtos.scalar(1f));
    String still = node("StopGradient", "/still", centroids);
    // Exactly 0 divided by a count is 0: the value stays, the gradient is divided.
    String change = node("Sub", "/change", centroids, still);
    String mean = node("Div", "/mean", change, node("Maximum", "/some", counts, least));
    return node("AddV2", "/averaging", still, mean);
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, prefix + name, FLOAT, inputs);
  }
}
