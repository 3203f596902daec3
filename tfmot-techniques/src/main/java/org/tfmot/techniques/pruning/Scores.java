package org.tfmot.techniques.pruning;

import static org.tensorflow.proto.DataType.DT_DOUBLE;
import static org.tensorflow.proto.DataType.DT_FLOAT;
import static org.tensorflow.proto.DataType.DT_INT32;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;

/** The arithmetic of masks: adds operations on scores, the magnitudes of weights, to a graph. */
final class Scores {

  /** Below the score of every weight that stands. */
  static final float PRUNED = -1e30f;

  /** Below every score: what is behind the end of a weight goes first. */
  static final float BEHIND = Float.NEGATIVE_INFINITY;

  private static final Map<String, DataType> FLOAT = Map.of("T", DT_FLOAT);
  private static final Map<String, DataType> INT = Map.of("T", DT_INT32);

  /** Up to here float has every integer. */
  private static final int COUNTED_IN_FLOAT = 1 << 24;

  /** Above every score. */
  private static final float CERTAIN = Float.POSITIVE_INFINITY;

  private final ModelEditor model;
  private final String prefix;

  /** Prepares adding; names begin with the prefix. */
  Scores(ModelEditor model, String prefix) {
    this.model = model;
    this.prefix = prefix + "/";
  }

  /**
   * {@code max(round(size * (1 - sparsity)), least)}; halves go to the even number. Computed in
   * float, as the Python toolkit does, as long as float can count so far.
   */
  String count(int size, String sparsity, int least) {
    String kept = add("Sub", "kept", FLOAT, scalar("one", 1f), sparsity);
    if (size > COUNTED_IN_FLOAT) {
      return countInDouble(size, kept, least);
    }
    String share = add("Mul", "share", FLOAT, scalar("size", (float) size), kept);
    String rounded = add("Round", "rounded", FLOAT, share);
    String atLeast = add("Maximum", "at_least", FLOAT, rounded, scalar("least", (float) least));
    return toInt(atLeast);
  }

  private String countInDouble(int size, String kept, int least) {
    Map<String, DataType> types = Map.of("T", DT_DOUBLE);
    String wide = cast(constant("size", TensorProtos.scalar(size)), DT_INT32, DT_DOUBLE);
    String share = add("Mul", "share", types, wide, cast(kept, DT_FLOAT, DT_DOUBLE));
    String rounded = add("Round", "rounded", types, share);
    String integer = cast(rounded, DT_DOUBLE, DT_INT32);
    return add("Maximum", "at_least", INT, integer, constant("least", TensorProtos.scalar(least)));
  }

  /**
   * 1 at the {@code count} largest of some scores, the first of equal ones, and 0 elsewhere.
   *
   * @param scores a vector
   */
  String largest(String scores, int size, String count) {
    String top = add("TopKV2", "top", FLOAT, scores, count);
    String index =
        add(
            "ExpandDims",
            "index",
            Map.of("T", DT_INT32, "Tdim", DT_INT32),
            top + ":1",
            constant("axis", TensorProtos.scalar(1)));
    String ones =
        add(
            "Fill",
            "ones",
            Map.of("T", DT_FLOAT, "index_type", DT_INT32),
            reshape(DT_INT32, count, 1),
            scalar("fill", 1f));
    return add(
        "ScatterNd",
        "scatter",
        Map.of("T", DT_FLOAT, "Tindices", DT_INT32),
        index,
        ones,
        ints("flat_size", size));
  }

  /**
   * 1 at the {@code count} largest of each row.
   *
   * @param scores a matrix of {@code columns} columns
   */
  String largestOfEachRow(String scores, int count, int columns) {
    String top =
        add("TopKV2", "row_top", FLOAT, scores, constant("row_k", TensorProtos.scalar(count)));
    String places =
        add(
            "OneHot",
            "row_places",
            Map.of("T", DT_FLOAT, "TI", DT_INT32),
            top + ":1",
            constant("row_depth", TensorProtos.scalar(columns)),
            scalar("row_on", 1f),
            scalar("row_off", 0f));
    return add(
        "Sum",
        "row_best",
        Map.of("T", DT_FLOAT, "Tidx", DT_INT32),
        places,
        constant("row_axis", TensorProtos.scalar(1)));
  }

  /** The number of ones in a tensor of ones and zeros of some dimensions, as an integer. */
  String ones(String tensor) {
    return add(
        "Sum",
        "number",
        Map.of("T", DT_INT32, "Tidx", DT_INT32),
        toInt(reshape(tensor, -1)),
        constant("number_axis", TensorProtos.scalar(0)));
  }

  /** Returns a tensor that tells whether integers sum up to at most a count. */
  String atMost(List<String> numbers, String count) {
    String sum =
        numbers.size() == 1
            ? numbers.get(0)
            : model.add(
                "AddN",
                prefix + "all_standing",
                Map.of("T", DT_INT32, "N", numbers.size()),
                numbers.toArray(String[]::new));
    return add("LessEqual", "finished", INT, sum, count);
  }

  /** Puts the scores of elements whose mask is 0 below all others. */
  String ofStanding(String scores, String mask) {
    return add("SelectV2", "score", FLOAT, notZero(mask), scores, scalar("pruned", PRUNED));
  }

  /** 1 where a tensor that can be broadcast to a shape is not 0, and 0 elsewhere. */
  String onesWhereNotZero(String tensor, Shape shape) {
    return add(
        "BroadcastTo",
        "stay",
        Map.of("T", DT_FLOAT, "Tidx", DT_INT32),
        add("Cast", "stays", Map.of("SrcT", DataType.DT_BOOL, "DstT", DT_FLOAT), notZero(tensor)),
        ints("whole", sizes(shape)));
  }

  private String notZero(String tensor) {
    return add("NotEqual", "not_zero", FLOAT, tensor, scalar("zero", 0f));
  }

  /** Puts scores above all others where a tensor of the same shape is 1. */
  String promote(String scores, String where) {
    return add("SelectV2", "promoted", FLOAT, notZero(where), scalar("certain", CERTAIN), scores);
  }

  /** Puts the largest of a vector of scores, the first of equal ones, above other vectors'. */
  String promoteLargest(String scores, int size) {
    return promote(scores, largest(scores, size, constant("one_of_each", TensorProtos.scalar(1))));
  }

  String concatenate(List<String> vectors) {
    if (vectors.size() == 1) {
      return vectors.get(0);
    }
    List<String> inputs = new ArrayList<>(vectors);
    inputs.add(constant("concat_axis", TensorProtos.scalar(0)));
    return model.add(
        "ConcatV2",
        prefix + "concat",
        Map.of("T", DT_FLOAT, "Tidx", DT_INT32, "N", vectors.size()),
        inputs.toArray(String[]::new));
  }

  /** Part of a vector. */
  String slice(String vector, int begin, int size) {
    return slice(vector, new int[] {begin}, new int[] {size});
  }

  /** The first rows and columns of a matrix. */
  String corner(String matrix, int rows, int columns) {
    return slice(matrix, new int[] {0, 0}, new int[] {rows, columns});
  }

  private String slice(String tensor, int[] begin, int[] size) {
    return add(
        "Slice",
        "slice",
        Map.of("T", DT_FLOAT, "Index", DT_INT32),
        tensor,
        ints("slice_begin", begin),
        ints("slice_size", size));
  }

  /** Appends rows and columns of one value to a matrix. */
  String pad(String matrix, int rows, int columns, float value) {
    return add(
        "PadV2",
        "padded",
        Map.of("T", DT_FLOAT, "Tpaddings", DT_INT32),
        matrix,
        constant("paddings", TensorProtos.ints(Shape.of(2, 2), 0, rows, 0, columns)),
        scalar("padding", value));
  }

  /** The largest or the mean of each block of an image of whole blocks, row by row. */
  String pool(String image, String pooling, int rows, int columns) {
    List<Long> window = List.of(1L, (long) rows, (long) columns, 1L);
    return add(
        pooling.equals("AVG") ? "AvgPool" : "MaxPool",
        "pooled",
        Map.of("T", DT_FLOAT, "ksize", window, "strides", window, "padding", "VALID"),
        image);
  }

  /** A vector times constants. */
  String scale(String vector, float[] factors) {
    Shape shape = Shape.of(factors.length);
    return add(
        "Mul", "scaled", FLOAT, vector, constant("factors", TensorProtos.floats(shape, factors)));
  }

  String tile(String tensor, int... multiples) {
    return add(
        "Tile",
        "tile",
        Map.of("T", DT_FLOAT, "Tmultiples", DT_INT32),
        tensor,
        ints("multiples", multiples));
  }

  String transpose(String tensor, int... order) {
    return add(
        "Transpose",
        "transposed",
        Map.of("T", DT_FLOAT, "Tperm", DT_INT32),
        tensor,
        ints("order", order));
  }

  String reshape(String tensor, int... sizes) {
    return reshape(DT_FLOAT, tensor, sizes);
  }

  String reshape(String tensor, Shape shape) {
    return reshape(tensor, sizes(shape));
  }

  private static int[] sizes(Shape shape) {
    return Arrays.stream(shape.asArray()).mapToInt(Math::toIntExact).toArray();
  }

  /** Integers of floats. */
  String toInt(String tensor) {
    return cast(tensor, DT_FLOAT, DT_INT32);
  }

  private String cast(String tensor, DataType from, DataType to) {
    return add("Cast", "cast", Map.of("SrcT", from, "DstT", to), tensor);
  }

  /** Rounded up. */
  static int quotient(int dividend, int divisor) {
    return -Math.floorDiv(-dividend, divisor);
  }

  private String reshape(DataType type, String tensor, int... sizes) {
    return add(
        "Reshape", "reshaped", Map.of("T", type, "Tshape", DT_INT32), tensor, ints("shape", sizes));
  }

  private String ints(String name, int... values) {
    return constant(name, TensorProtos.ints(Shape.of(values.length), values));
  }

  private String scalar(String name, float value) {
    return constant(name, TensorProtos.scalar(value));
  }

  private String constant(String name, TensorProto value) {
    return model.addConstant(prefix + name, value);
  }

  private String add(String op, String name, Map<String, ?> attributes, String... inputs) {
    return model.add(op, prefix + name, attributes, inputs);
  }
}
