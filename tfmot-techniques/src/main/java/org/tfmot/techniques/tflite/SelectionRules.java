package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of reductions, of operators that look up or select elements, and of generators. */
final class SelectionRules {

  private static final String SMALL = "f32 i8 u8 i16 i32 i64 bool";

  private SelectionRules() {}

  static List<OperatorRule> rules() {
    OperatorRule mean = reduction("MEAN", "f32 i32 i64 q8 qu8 q16").assume(Scales::rescale);
    OperatorRule maximum = reduction("REDUCE_MAX", "f32 i32 i64 i8 u8 i16").assume(Scales::copied);
    OperatorRule any = reduction("REDUCE_ANY", "bool");
    OperatorRule argMax =
        SelectionRules.indexed("ARG_MAX", "f32 i8 u8 i32 bool", "i32 i64", "i32 i64")
            .options("ArgMax")
            .makes(SelectionRules::argument);
    OperatorRule select =
        rule("SELECT_V2")
            .typesOf("bool T T > T", SMALL + " u32")
            .assume(Scales::equal)
            .assume(call -> Shapes.requireBroadcastRank(call, 5))
            .takesUnknown()
            .makes(Shapes::broadcast)
            .ranks(Shapes::broadcastRank);
    OperatorRule random =
        rule("RANDOM_UNIFORM")
            .types("i32 > f32", "i64 > f32")
            .options("Random")
            .assume(call -> Shapes.requireRank(call, 0, 1, 1))
            .makes(call -> Products.shapeFrom(call, 0))
            .ranks(SelectionRules::length);
    return List.of(
        mean,
        reduction("SUM", "f32 i32 i64 q8 qu8").assume(SelectionRules::sum),
        maximum,
        maximum.as("REDUCE_MIN"),
        reduction("REDUCE_PROD", "f32 i32 i64").values(KnownValues::product),
        any,
        any.as("REDUCE_ALL"),
        argMax,
        argMax.as("ARG_MIN").options("ArgMin"),
        rule("CUMSUM")
            .typesOf("T i32 > T", "f32 i32 i64")
            .options("Cumsum")
            .assume(call -> Shapes.requireElements(call, 1, 1))
            .assume(call -> oneAxis(call))
            .makes(Shapes::ofInput),
        indexed("GATHER", SMALL, "i16 i32 i64", "")
            .options("Gather")
            .assume(Scales::copied)
            .takesUnknown()
            .makes(SelectionRules::gathered)
            .ranks(SelectionRules::gatheredRank)
            .values(KnownValues::gathered),
        indexed("GATHER_ND", SMALL, "i16 i32 i64", "")
            .assume(Scales::copied)
            .takesUnknown()
            .makes(SelectionRules::gatheredNd),
        rule("EMBEDDING_LOOKUP")
            .types("i32 f32 > f32", "i32 w8 > f32", "i32 q8 > q8")
            .assume(call -> Shapes.requireRank(call, 0, 1, 1))
            .assume(call -> Shapes.requireRank(call, 1, 2, 8))
            .makes(SelectionRules::lookedUp),
        rule("ONE_HOT")
            .typesOf("i32 i32 T T > T", SMALL)
            .typesOf("i64 i32 T T > T", SMALL)
            .options("OneHot")
            .assume(call -> Shapes.requireElements(call, 1, 1))
            .assume(call -> Shapes.requireElements(call, 2, 1))
            .assume(call -> Shapes.requireElements(call, 3, 1))
            .makes(SelectionRules::oneHot)
            .ranks(call -> call.rank(0) + 1),
        rule("TOPK_V2")
            .typesOf("T i32 > T i32", "f32 i8 u8 i32 i64")
            .assume(call -> Shapes.requireElements(call, 1, 1))
            .makesAll(SelectionRules::largest),
        select,
        rule("SELECT")
            .typesOf("bool T T > T", SMALL + " u32")
            .assume(Scales::equal)
            .makes(SelectionRules::selected),
        rule("WHERE")
            .typesOf("T > i64", "bool f32 i32 i64 u32 i8 u8")
            .takesUnknown()
            .ranks(call -> 2),
        rule("FILL")
            .typesOf("i32 T > T", "f32 f16 i8 i16 i32 i64 bool")
            .typesOf("i64 T > T", "f32 f16 i8 i16 i32 i64 bool")
            .assume(call -> Shapes.requireRank(call, 0, 1, 1))
            .assume(call -> Shapes.requireRank(call, 1, 0, 0))
            .makes(call -> Products.shapeFrom(call, 0))
            .ranks(SelectionRules::length),
        rule("RANGE")
            .typesOf("T T T > T", "f32 i32 i64")
            .assume(call -> Shapes.requireRank(call, 0, 0, 0))
            .assume(call -> Shapes.requireRank(call, 1, 0, 0))
            .assume(call -> Shapes.requireRank(call, 2, 0, 0))
            .makes(SelectionRules::counted)
            .ranks(call -> 1),
        rule("DYNAMIC_UPDATE_SLICE")
            .typesOf("T T i32 > T", SMALL)
            .typesOf("T T i64 > T", SMALL)
            .assume(SelectionRules::updated)
            .makes(Shapes::ofInput),
        random,
        random.as("RANDOM_STANDARD_NORMAL"));
  }

  /** A reduction along axes that are known before. */
  private static OperatorRule reduction(String name, String kinds) {
    return rule(name)
        .typesOf("T i32 > T", kinds)
        .options("Reducer")
        .assume(call -> Shapes.requireRank(call, 0, 0, 8))
        .takesUnknown()
        .makes(SelectionRules::reduced)
        .ranks(SelectionRules::reducedRank);
  }

  private static OperatorRule indexed(String name, String kinds, String indices, String results) {
    OperatorRule rule = rule(name);
    for (String index : indices.split(" ")) {
      if (results.isEmpty()) {
        rule.typesOf("T " + index + " > T", kinds);
      } else {
        for (String result : results.split(" ")) {
          rule.typesOf("T " + index + " > " + result, kinds);
        }
      }
    }
    return rule;
  }

  private static int @Nullable [] reduced(OperatorCall call) {
    long[] axes = Movements.positions(call, 1);
    int[] input = call.shape(0);
    boolean[] reduced = Movements.requireDistinctAxes(call, axes, call.rank(0));
    if (input == null) {
      return null;
    }
    boolean keeps = call.options().getBoolean(0);
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < input.length; i++) {
      if (!reduced[i]) {
        shape.add(input[i]);
      } else if (keeps) {
        shape.add(1);
      }
    }
    return Movements.toArray(shape);
  }

  private static int reducedRank(OperatorCall call) {
    int axes = Movements.positions(call, 1).length;
    return call.options().getBoolean(0) ? call.rank(0) : call.rank(0) - axes;
  }

  /** Returns how many elements a vector that holds a shape has. */
  private static int length(OperatorCall call) {
    int[] shape = call.shape(0);
    return shape == null || shape.length != 1 ? -1 : shape[0];
  }

  /** {@code RANGE} of integers: from the first number on, the limit left out. */
  private static int @Nullable [] counted(OperatorCall call) {
    long[] start = call.values(0);
    long[] limit = call.values(1);
    long[] step = call.values(2);
    if (start == null || limit == null || step == null) {
      return null;
    }
    call.require(step[0] != 0, "a step of 0");
    long count = (long) Math.ceil((limit[0] - start[0]) / (double) step[0]);
    call.require(
        count >= 0 && count <= Integer.MAX_VALUE,
        "from %d to %d in steps of %d",
        start[0],
        limit[0],
        step[0]);
    return new int[] {(int) count};
  }

  /** {@code SUM} multiplies after it has added. */
  private static void sum(OperatorCall call) {
    if (call.result(0).quantization().isPresent()) {
      int[] input = call.shape(0);
      int[] result = reduced(call);
      if (input == null || result == null) {
        throw call.refusal("adds up integers of a tensor whose shape is computed in the run");
      }
      long terms = Shapes.size(input) / Math.max(1, Shapes.size(result));
      Scales.requireHeld(call, call.scale(0) / (double) call.resultScale(), 0xFF * (double) terms);
    }
  }

  private static int oneAxis(OperatorCall call) {
    long[] axis = Movements.positions(call, 1);
    Shapes.requireRank(call, 0, 1, 8);
    return Shapes.axis(call, axis[0], Math.max(1, call.rank(0)));
  }

  private static int @Nullable [] argument(OperatorCall call) {
    Shapes.requireElements(call, 1, 1);
    int axis = oneAxis(call);
    int[] input = call.shape(0);
    TensorType[] types = TensorType.values();
    int type = call.options().getByte(0);
    call.require(
        type >= 0 && type < types.length && types[type] == call.result(0).type(),
        "output_type %d does not say %s",
        type,
        call.result(0).type());
    if (input == null) {
      return null;
    }
    call.require(input[axis] > 0, "no element along dimension %d", axis);
    List<Integer> shape = new ArrayList<>(Arrays.stream(input).boxed().toList());
    shape.remove(axis);
    return Movements.toArray(shape);
  }

  private static int @Nullable [] gathered(OperatorCall call) {
    int[] input = call.shape(0);
    int[] indices = call.shape(1);
    if (input == null || indices == null) {
      return null;
    }
    int axis = Shapes.axis(call, call.options().getInt(0, 0), input.length);
    int batch = call.options().getInt(1, 0);
    batch = batch < 0 ? batch + indices.length : batch;
    call.require(
        batch >= 0
            && batch <= axis
            && batch <= indices.length
            && Arrays.equals(Arrays.copyOf(input, batch), Arrays.copyOf(indices, batch)),
        "batch_dims %d of %s and %s",
        batch,
        Arrays.toString(input),
        Arrays.toString(indices));
    long[] values = call.values(1);
    call.require(
        values == null
            || Arrays.stream(values).allMatch(index -> index >= 0 && index < input[axis]),
        "the indices %s of %d",
        Arrays.toString(values),
        input[axis]);
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < axis; i++) {
      shape.add(input[i]);
    }
    for (int i = batch; i < indices.length; i++) {
      shape.add(indices[i]);
    }
    for (int i = axis + 1; i < input.length; i++) {
      shape.add(input[i]);
    }
    return Movements.toArray(shape);
  }

  private static int gatheredRank(OperatorCall call) {
    int batch = call.options().getInt(1, 0);
    if (call.rank(0) < 1 || call.rank(1) < 0) {
      return -1;
    }
    int rank = call.rank(0) + call.rank(1) - 1 - (batch < 0 ? batch + call.rank(1) : batch);
    return Math.max(-1, rank);
  }

  private static int @Nullable [] gatheredNd(OperatorCall call) {
    int[] input = call.shape(0);
    int[] indices = call.shape(1);
    if (input == null) {
      throw call.refusal("takes elements of a tensor whose shape is computed in the run");
    }
    if (indices == null) {
      return null;
    }
    int depth = indices.length == 0 ? -1 : indices[indices.length - 1];
    call.require(
        depth >= 0 && input.length > 0 && depth <= input.length && Shapes.size(input) > 0,
        "indices of the shape %s into %s",
        Arrays.toString(indices),
        Arrays.toString(input));
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < indices.length - 1; i++) {
      shape.add(indices[i]);
    }
    for (int i = depth; i < input.length; i++) {
      shape.add(input[i]);
    }
    return Movements.toArray(shape);
  }

  private static int @Nullable [] lookedUp(OperatorCall call) {
    int[] ids = call.shape(0);
    int[] table = call.shape(1);
    if (ids == null || table == null) {
      return null;
    }
    call.require(table[0] > 0, "a table of the shape %s", Arrays.toString(table));
    int[] shape = table.clone();
    shape[0] = ids[0];
    return shape;
  }

  private static int @Nullable [] oneHot(OperatorCall call) {
    int[] indices = call.shape(0);
    long[] depth = call.values(1);
    if (indices == null || depth == null) {
      return null;
    }
    call.require(depth[0] >= 0 && depth[0] <= Integer.MAX_VALUE, "depth %d", depth[0]);
    int axis = call.options().getInt(0, 0);
    call.require(axis >= -1 && axis <= indices.length, "axis %d", axis);
    List<Integer> shape = new ArrayList<>(Arrays.stream(indices).boxed().toList());
    shape.add(axis < 0 ? indices.length : axis, (int) depth[0]);
    return Movements.toArray(shape);
  }

  private static List<int @Nullable []> largest(OperatorCall call) {
    long[] count = Movements.positions(call, 1);
    Shapes.requireRank(call, 0, 1, 8);
    int[] input = call.shape(0);
    if (input == null) {
      return Collections.nCopies(2, null);
    }
    int last = input.length - 1;
    call.require(
        count[0] > 0 && count[0] <= input[last], "the largest %d of %d", count[0], input[last]);
    int[] shape = input.clone();
    shape[last] = (int) count[0];
    return Collections.nCopies(2, shape);
  }

  /** {@code SELECT}: one condition for each element, for each row, or for all. */
  private static int @Nullable [] selected(OperatorCall call) {
    int[] condition = call.shape(0);
    int[] x = call.shape(1);
    int[] y = call.shape(2);
    if (condition == null || x == null || y == null) {
      throw call.refusal("selects from tensors whose shapes are computed in the run");
    }
    boolean rows = condition.length == 1 && x.length > 0 && condition[0] == x[0];
    call.require(
        Arrays.equals(x, y) && (Arrays.equals(condition, x) || rows || condition.length == 0),
        "selects from %s and %s by %s",
        Arrays.toString(x),
        Arrays.toString(y),
        Arrays.toString(condition));
    return x;
  }

  private static void updated(OperatorCall call) {
    int[] input = call.shape(0);
    int[] update = call.shape(1);
    int[] start = call.shape(2);
    Scales.requireEqual(call, call.input(0), call.input(1));
    Scales.copied(call);
    if (input == null || update == null || start == null) {
      throw call.refusal("updates a tensor whose shape is computed in the run");
    }
    boolean fits = update.length == input.length && start.length == 1 && start[0] == input.length;
    for (int i = 0; fits && i < input.length; i++) {
      fits = update[i] <= input[i];
    }
    call.require(
        fits,
        "updates %s by %s from %s indices",
        Arrays.toString(input),
        Arrays.toString(update),
        Arrays.toString(start));
  }
}
