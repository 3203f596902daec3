package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.List;

/** The rows of operators on pairs of elements: arithmetic, comparisons, logic. */
final class ElementwiseRules {

  private ElementwiseRules() {}

  static List<OperatorRule> rules() {
    OperatorRule maximum = binary("MAXIMUM", "f32 i8 u8 i16 i32 i64", 8).assume(Scales::equal);
    OperatorRule equal = comparison("EQUAL", "bool f32 i16 i32 i64 q8 qu8");
    OperatorRule less = comparison("LESS", "f32 i16 i32 i64 q8 qu8");
    OperatorRule floorDivision = binary("FLOOR_DIV", "f32 i8 i16 i32", 4);
    OperatorRule exclusiveOr = binary("BITWISE_XOR", "i8 u8 i16 u16 i32 u32", 4);
    OperatorRule and = binary("LOGICAL_AND", "bool", 4);
    return List.of(
        binary("ADD", "f32 i32 i64 q8 qu8 q16 r16", 6).options("Add").assume(Scales::sum),
        binary("SUB", "f32 i32 i64 q8 qu8 q16", 6).options("Sub").assume(Scales::sum),
        binary("MUL", "f32 i32 i64 u32 c64 q8 qu8 q16 r16", 6)
            .options("Mul")
            .assume(Scales::product),
        binary("DIV", "f32 i32 qu8", 5).options("Div").assume(Scales::quotient),
        binary("SQUARED_DIFFERENCE", "f32 i32 q8", 4).assume(Scales::squaredDifference),
        maximum,
        maximum.as("MINIMUM"),
        binary("POW", "f32 i32", 4),
        binary("ATAN2", "f32 f64", 4),
        floorDivision,
        binary("FLOOR_MOD", "f32 i8 i16 i32 i64", 4),
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
        rule("ADD_N").typesOf("T T... > T", "f32 i32").makes(Shapes::ofInput));
  }

  /** An operator on two broadcast operands of one type, which is also that of the result. */
  private static OperatorRule binary(String name, String kinds, int rank) {
    return rule(name)
        .typesOf("T T > T", kinds)
        .assume(call -> Shapes.requireBroadcastRank(call, rank))
        .makes(Shapes::broadcast);
  }

  private static OperatorRule comparison(String name, String kinds) {
    return rule(name)
        .typesOf("T T > bool", kinds)
        .assume(call -> Shapes.requireBroadcastRank(call, 4))
        .assume(Scales::comparison)
        .makes(Shapes::broadcast);
  }
}
