package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.Arrays;
import java.util.List;

/** The rows of operators on pairs of elements: arithmetic, comparisons, logic. */
final class ElementwiseRules {

  private ElementwiseRules() {}

  static List<OperatorRule> rules() {
    OperatorRule maximum =
        binary("MAXIMUM", "f32 i8 u8 i16 i32 i64", 5)
            .assume(Scales::equal)
            .values(KnownValues.pairs(Math::max));
    OperatorRule equal = comparison("EQUAL", "bool f32 i16 i32 i64 q8 qu8");
    OperatorRule less = comparison("LESS", "f32 i16 i32 i64 q8 qu8");
    OperatorRule floorDivision =
        binary("FLOOR_DIV", "f32 i8 i16 i32", 4)
            .assume(ElementwiseRules::divisor)
            .values(KnownValues.pairs(Math::floorDiv));
    OperatorRule exclusiveOr = binary("BITWISE_XOR", "i8 u8 i16 u16 i32 u32", 4);
    OperatorRule and = binary("LOGICAL_AND", "bool", 4);
    return List.of(
        binary("ADD", "f32 i32 i64 q8 qu8 q16 r16", 6)
            .options("Add")
            .assume(Scales::sum)
            .values(KnownValues.pairs(Long::sum)),
        binary("SUB", "f32 i32 i64 q8 qu8 q16", 6)
            .options("Sub")
            .assume(Scales::sum)
            .values(KnownValues.pairs((a, b) -> a - b)),
        binary("MUL", "f32 i32 i64 u32 c64 q8 qu8 q16 r16", 6)
            .options("Mul")
            .assume(Scales::product)
            .values(KnownValues.pairs((a, b) -> a * b)),
        binary("DIV", "f32 i32 qu8", 5)
            .options("Div")
            .assume(Scales::quotient)
            .assume(ElementwiseRules::divisor)
            .values(KnownValues.pairs((a, b) -> a / b)),
        binary("SQUARED_DIFFERENCE", "f32 i32 q8", 4).assume(Scales::squaredDifference),
        maximum,
        maximum.as("MINIMUM").values(KnownValues.pairs(Math::min)),
        binary("POW", "f32 i32", 4),
        rule("ATAN2")
            .typesOf("T T > T", "f32 f64")
            .assume(Shapes::requireEqual)
            .makes(Shapes::ofInput),
        floorDivision,
        binary("FLOOR_MOD", "f32 i8 i16 i32 i64", 4)
            .assume(ElementwiseRules::divisor)
            .values(KnownValues.pairs(Math::floorMod)),
        exclusiveOr,
        exclusiveOr.as("RIGHT_SHIFT"),
        and,
        and.as("LOGICAL_OR"),
        equal,
        equal.as("NOT_EQUAL"),
        less,
        less.as("LESS_EQUAL"),
        less.as("GREATER"),
        less.as("GREATER_EQUAL"),
        rule("ADD_N")
            .typesOf("T T... > T", "f32 i32")
            .assume(Shapes::requireEqual)
            .makes(Shapes::ofInput));
  }

  /** An operator on two broadcast operands of one type, which is also that of the result. */
  private static OperatorRule binary(String name, String kinds, int rank) {
    return rule(name)
        .typesOf("T T > T", kinds)
        .takesUnknown()
        .assume(call -> Shapes.requireBroadcastRank(call, rank))
        .makes(Shapes::broadcast)
        .ranks(Shapes::broadcastRank);
  }

  /** The processor ends the process that divides an integer by 0, or the smallest one by -1. */
  private static void divisor(OperatorCall call) {
    if (!call.type(1).isFloat() && call.type(1) != TensorType.UINT8) {
      long[] divisors = call.values(1);
      call.require(
          divisors != null && Arrays.stream(divisors).noneMatch(d -> d == 0 || d == -1),
          "divides integers by %s: the divisor \"%s\" has to be a constant of int32 or int64"
              + " without 0 and -1",
          divisors == null ? "what a run computes" : Arrays.toString(divisors),
          call.input(1).name());
    }
  }

  private static OperatorRule comparison(String name, String kinds) {
    return rule(name)
        .typesOf("T T > bool", kinds)
        .assume(call -> Shapes.requireBroadcastRank(call, 4))
        .takesUnknown()
        .assume(Scales::comparison)
        .makes(Shapes::broadcast)
        .ranks(Shapes::broadcastRank);
  }
}
