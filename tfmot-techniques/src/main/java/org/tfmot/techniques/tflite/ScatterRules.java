package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of operators that put elements at places which a second operand says. */
final class ScatterRules {

  private ScatterRules() {}

  static List<OperatorRule> rules() {
    return List.of(
        rule("REVERSE_SEQUENCE")
            .typesOf("T i32 > T", "f32 u8 i16 i32 i64")
            .typesOf("T i64 > T", "f32 u8 i16 i32 i64")
            .options("ReverseSequence")
            .assume(Scales::copied)
            .assume(ScatterRules::lengths)
            .makes(Shapes::ofInput),
        // The kernel compares each place with the size of the result.
        rule("SCATTER_ND").typesOf("i32 T i32 > T", "f32 i32 i64").makes(ScatterRules::scattered),
        rule("SEGMENT_SUM")
            .typesOf("T i32 > T", "f32 i32")
            .assume(ScatterRules::segments)
            .ranks(Shapes::rankOfInput),
        rule("MATRIX_DIAG")
            .typesOf("T > T", "f32 i16 i32 i64")
            .assume(call -> Shapes.requireRank(call, 0, 1, 7))
            .makes(ScatterRules::diagonal),
        rule("BROADCAST_ARGS")
            .typesOf("T T > T", "i32 i64")
            .assume(call -> Shapes.requireRank(call, 0, 1, 1))
            .assume(call -> Shapes.requireRank(call, 1, 1, 1))
            .assume(ScatterRules::broadcast)
            .makes(ScatterRules::longer)
            .values(ScatterRules::broadcast));
  }

  /** The kernel verifies the first length only. */
  private static void lengths(OperatorCall call) {
    int[] input = call.shape(0);
    long[] lengths = Movements.positions(call, 1);
    Shapes.requireRank(call, 1, 1, 1);
    int sequence = call.options().getInt(0, 0);
    int batch = call.options().getInt(1, 0);
    call.require(
        input != null
            && sequence != batch
            && Math.min(sequence, batch) >= 0
            && Math.max(sequence, batch) < input.length
            && lengths.length == input[batch]
            && Arrays.stream(lengths).allMatch(length -> length >= 0 && length <= input[sequence]),
        "lengths of %s along dimension %d for each of dimension %d of %s",
        Arrays.toString(lengths),
        sequence,
        batch,
        Arrays.toString(input));
  }

  private static int @Nullable [] scattered(OperatorCall call) {
    int[] places = call.shape(0);
    int[] updates = call.shape(1);
    int[] shape = Products.shapeFrom(call, 2);
    if (shape == null || places == null || updates == null) {
      throw call.refusal("the shape of the result is computed in the run");
    }
    Shapes.requireRank(call, 2, 1, 1);
    int outer = places.length - 1;
    int depth = outer < 0 ? 0 : places[outer];
    boolean fits =
        outer >= 0
            && depth <= shape.length
            && updates.length > 0
            && updates.length == outer + shape.length - depth
            && Arrays.stream(shape).allMatch(size -> size > 0);
    for (int i = 0; fits && i < updates.length; i++) {
      fits = updates[i] == (i < outer ? places[i] : shape[i - outer + depth]);
    }
    call.require(
        fits,
        "places of the shape %s and updates of %s do not fit %s",
        Arrays.toString(places),
        Arrays.toString(updates),
        Arrays.toString(shape));
    return shape;
  }

  private static void segments(OperatorCall call) {
    Shapes.requireRank(call, 0, 1, 8);
    Shapes.requireRank(call, 1, 1, 1);
    int[] data = call.shape(0);
    int[] segments = call.shape(1);
    call.require(
        data != null && segments != null && data[0] == segments[0],
        "data of the shape %s and segments of %s",
        Arrays.toString(data),
        Arrays.toString(segments));
  }

  private static int @Nullable [] diagonal(OperatorCall call) {
    int[] input = call.shape(0);
    if (input == null) {
      return null;
    }
    int[] shape = Arrays.copyOf(input, input.length + 1);
    shape[input.length] = input[input.length - 1];
    return shape;
  }

  private static int @Nullable [] longer(OperatorCall call) {
    int[] left = call.shape(0);
    int[] right = call.shape(1);
    return left == null || right == null ? null : new int[] {Math.max(left[0], right[0])};
  }

  /** Shapes that a run computes are refused: of two that do not fit the kernel ends the process. */
  private static long[] broadcast(OperatorCall call) {
    long[] left = Movements.positions(call, 0);
    long[] right = Movements.positions(call, 1);
    long[] shape = new long[Math.max(left.length, right.length)];
    for (int i = 1; i <= shape.length; i++) {
      long a = i > left.length ? 1 : left[left.length - i];
      long b = i > right.length ? 1 : right[right.length - i];
      call.require(
          a == b || a == 1 || b == 1,
          "the shapes %s and %s cannot be broadcast",
          Arrays.toString(left),
          Arrays.toString(right));
      shape[shape.length - i] = a == 1 ? b : a;
    }
    return shape;
  }
}
