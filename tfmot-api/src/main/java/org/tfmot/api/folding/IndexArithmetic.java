package org.tfmot.api.folding;

import static org.tfmot.api.folding.KnownInts.UNKNOWN;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Computes what operations on counters, indices and sizes come to as far as their inputs are known.
 * Nothing is assumed of what is not known: a result is what TensorFlow computes, or unknown.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class IndexArithmetic {

  /** Results have the operands' type. */
  private static final Map<String, LongBinaryOperator> ARITHMETIC =
      Map.of(
          "Add", (a, b) -> a + b,
          "AddV2", (a, b) -> a + b,
          "Sub", (a, b) -> a - b,
          "Mul", (a, b) -> a * b,
          "Maximum", Math::max,
          "Minimum", Math::min,
          "FloorDiv", (a, b) -> b == 0 ? UNKNOWN : Math.floorDiv(a, b),
          "FloorMod", (a, b) -> b == 0 ? UNKNOWN : Math.floorMod(a, b));

  /** Results are booleans. */
  private static final Map<String, LongBinaryOperator> COMPARISONS =
      Map.of(
          "Less", (a, b) -> a < b ? 1 : 0,
          "LessEqual", (a, b) -> a <= b ? 1 : 0,
          "Greater", (a, b) -> a > b ? 1 : 0,
          "GreaterEqual", (a, b) -> a >= b ? 1 : 0,
          "Equal", (a, b) -> a == b ? 1 : 0,
          "NotEqual", (a, b) -> a != b ? 1 : 0);

  /** One operand alone may decide. */
  private static final Map<String, LongBinaryOperator> LOGIC =
      Map.of(
          "LogicalAnd",
          (a, b) -> a == 0 || b == 0 ? 0 : a == UNKNOWN || b == UNKNOWN ? UNKNOWN : 1,
          "LogicalOr",
          (a, b) -> a == 1 || b == 1 ? 1 : a == UNKNOWN || b == UNKNOWN ? UNKNOWN : 0);

  private static final Set<String> REDUCTIONS = Set.of("Max", "Min", "Prod", "Sum", "All", "Any");

  private IndexArithmetic() {}

  /**
   * The value of an operation's only output, or null if nothing is known of it.
   *
   * @param inputs what is known of its data inputs
   */
  public static @Nullable KnownInts of(NodeDef node, List<@Nullable KnownInts> inputs) {
    if (node.getOp().equals("Const")) {
      return KnownInts.of(node.getAttrOrThrow("value").getTensor());
    }
    for (KnownInts input : inputs) {
      if (input == null) {
        return null;
      }
    }
    @SuppressWarnings("NullAway") // No element is null.
    List<KnownInts> known = (List<KnownInts>) (List<?>) inputs;
    return switch (known.size()) {
      case 0 -> null;
      case 1 -> unary(node, known.get(0));
      case 2 -> binary(node, known.get(0), known.get(1));
      default -> ofMany(node, known);
    };
  }

  private static @Nullable KnownInts unary(NodeDef node, KnownInts x) {
    return switch (node.getOp()) {
      case "Identity", "StopGradient", "PreventGradient", "EnsureShape" -> x;
      case "Cast" -> {
        DataType type = type(node, "DstT");
        yield KnownInts.isKnownType(type) ? x.as(type) : null;
      }
      case "Neg" -> KnownInts.scalar(x.type(), 0).with(x, x.type(), known((a, b) -> a - b));
      case "LogicalNot" ->
          KnownInts.scalar(x.type(), 1).with(x, x.type(), known((one, b) -> one - b));
      case "Pack" -> x.isScalar() && axis(node) == 0 ? x.reshaped(false) : null;
      case "Squeeze" -> x.isScalar() ? x : x.reshaped(true);
      default -> null;
    };
  }

  private static @Nullable KnownInts binary(NodeDef node, KnownInts a, KnownInts b) {
    String op = node.getOp();
    if (ARITHMETIC.containsKey(op)) {
      return a.with(b, a.type(), known(ARITHMETIC.get(op)));
    } else if (COMPARISONS.containsKey(op)) {
      return a.with(b, DataType.DT_BOOL, known(COMPARISONS.get(op)));
    } else if (LOGIC.containsKey(op)) {
      return a.with(b, DataType.DT_BOOL, LOGIC.get(op));
    } else if (REDUCTIONS.contains(op)) {
      return reduce(node, a, b);
    }
    return switch (op) {
      case "ExpandDims" -> a.isScalar() && b.isNumber() ? a.reshaped(false) : null;
      case "Reshape" -> b.size() > 1 || b.isScalar() ? null : a.reshaped(b.size() == 0);
      case "Fill" -> fill(a, b);
      case "Pack" -> ofMany(node, List.of(a, b));
      default -> null;
    };
  }

  private static @Nullable KnownInts ofMany(NodeDef node, List<KnownInts> inputs) {
    return switch (node.getOp()) {
      case "Pack" ->
          axis(node) == 0 && inputs.stream().allMatch(KnownInts::isScalar) ? joined(inputs) : null;
      case "ConcatV2" -> {
        List<KnownInts> parts = inputs.subList(0, inputs.size() - 1);
        yield parts.stream().noneMatch(KnownInts::isScalar) ? joined(parts) : null;
      }
      case "Range" -> range(inputs.get(0), inputs.get(1), inputs.get(2));
      case "StridedSlice" -> slice(node, inputs);
      case "GatherV2" -> gather(inputs.get(0), inputs.get(1), inputs.get(2));
      case "Select", "SelectV2" -> select(inputs.get(0), inputs.get(1), inputs.get(2));
      default -> null;
    };
  }

  /** An operator that knows nothing as soon as it does not know an operand. */
  private static LongBinaryOperator known(@Nullable LongBinaryOperator operator) {
    return (a, b) ->
        a == UNKNOWN || b == UNKNOWN || operator == null ? UNKNOWN : operator.applyAsLong(a, b);
  }

  private static @Nullable KnownInts joined(List<KnownInts> parts) {
    return KnownInts.vector(
        parts.get(0).type(),
        parts.stream().flatMapToLong(part -> Arrays.stream(part.toArray())).toArray());
  }

  /** Over all elements. */
  private static @Nullable KnownInts reduce(NodeDef node, KnownInts x, KnownInts axes) {
    boolean keep = node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
    boolean none = axes.size() == 0;
    if (keep || !x.isComplete() || x.isScalar() != none) {
      return null;
    }
    LongStream values = Arrays.stream(x.toArray());
    return switch (node.getOp()) {
      case "Sum" -> KnownInts.scalar(x.type(), values.sum());
      case "Prod" -> KnownInts.scalar(x.type(), values.reduce(1, (a, b) -> a * b));
      case "All" -> KnownInts.scalar(x.type(), values.allMatch(v -> v == 1) ? 1 : 0);
      case "Any" -> KnownInts.scalar(x.type(), values.anyMatch(v -> v == 1) ? 1 : 0);
      default -> {
        if (x.size() == 0) {
          yield null;
        }
        boolean max = node.getOp().equals("Max");
        yield KnownInts.scalar(x.type(), (max ? values.max() : values.min()).getAsLong());
      }
    };
  }

  private static @Nullable KnownInts range(KnownInts start, KnownInts limit, KnownInts delta) {
    if (!start.isNumber() || !limit.isNumber() || !delta.isNumber() || delta.get(0) == 0) {
      return null;
    }
    long count = Math.max(0, -Math.floorDiv(start.get(0) - limit.get(0), delta.get(0)));
    long step = delta.get(0);
    return count > Integer.MAX_VALUE
        ? null
        : KnownInts.vector(
            start.type(),
            LongStream.iterate(start.get(0), v -> v + step)
                .limit(Math.min(count, 1 << 16))
                .toArray());
  }

  private static @Nullable KnownInts fill(KnownInts sizes, KnownInts value) {
    if (sizes.isScalar() || sizes.size() > 1 || !sizes.isComplete() || !value.isScalar()) {
      return null;
    }
    if (sizes.size() == 0) {
      return value;
    }
    long[] values = new long[(int) Math.max(0, Math.min(sizes.get(0), 1 << 16))];
    Arrays.fill(values, value.get(0));
    return KnownInts.vector(value.type(), values);
  }

  private static @Nullable KnownInts gather(KnownInts table, KnownInts indices, KnownInts axis) {
    if (table.isScalar() || !indices.isComplete() || !axis.isNumber() || axis.get(0) != 0) {
      return null;
    }
    long[] chosen = new long[indices.size()];
    for (int i = 0; i < chosen.length; i++) {
      if (indices.get(i) < 0 || indices.get(i) >= table.size()) {
        return null;
      }
      chosen[i] = table.get((int) indices.get(i));
    }
    return indices.isScalar()
        ? KnownInts.scalar(table.type(), chosen[0])
        : KnownInts.vector(table.type(), chosen);
  }

  private static @Nullable KnownInts select(KnownInts which, KnownInts yes, KnownInts no) {
    return which.isScalar() && which.isNumber() ? which.get(0) == 1 ? yes : no : null;
  }

  /** A part of a vector. */
  private static @Nullable KnownInts slice(NodeDef node, List<KnownInts> inputs) {
    KnownInts x = inputs.get(0);
    for (KnownInts bound : inputs.subList(1, inputs.size())) {
      if (!bound.isNumber()) {
        return null;
      }
    }
    if (x.isScalar() || inputs.size() != 4 || mask(node, "new_axis") || mask(node, "ellipsis")) {
      return null;
    }
    long size = x.size();
    long step = inputs.get(3).get(0);
    if (mask(node, "shrink_axis")) {
      long index = inputs.get(1).get(0);
      index = index < 0 ? index + size : index;
      return index < 0 || index >= size ? null : KnownInts.scalar(x.type(), x.get((int) index));
    }
    if (step != 1) {
      return null;
    }
    long begin = mask(node, "begin") ? 0 : bound(inputs.get(1).get(0), size);
    long end = mask(node, "end") ? size : bound(inputs.get(2).get(0), size);
    return KnownInts.vector(
        x.type(), Arrays.copyOfRange(x.toArray(), (int) begin, (int) Math.max(begin, end)));
  }

  private static long bound(long index, long size) {
    return Math.max(0, Math.min(size, index < 0 ? index + size : index));
  }

  /** Returns whether the first bit of one of a slice's masks is set. */
  private static boolean mask(NodeDef slice, String name) {
    return (slice.getAttrOrDefault(name + "_mask", AttrValue.getDefaultInstance()).getI() & 1) == 1;
  }

  private static long axis(NodeDef node) {
    return node.getAttrOrDefault("axis", AttrValue.getDefaultInstance()).getI();
  }

  private static DataType type(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }
}
