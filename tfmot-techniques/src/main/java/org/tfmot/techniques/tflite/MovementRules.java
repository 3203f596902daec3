package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.List;

/** The rows of operators that reshape, reorder, split and join tensors. */
final class MovementRules {

  private static final String SMALL = "f32 i8 u8 i16 i32 i64 bool";

  private MovementRules() {}

  static List<OperatorRule> rules() {
    OperatorRule pad = paddings("PAD").makes(Movements::padded);
    return List.of(
        rule("RESHAPE")
            .typesOf("T > T", SMALL + " u32 f16")
            .typesOf("T i32 > T", SMALL + " u32 f16")
            .options("Reshape")
            .assume(Scales::copied)
            .takesUnknown()
            .makes(Movements::reshaped)
            .ranks(Movements::reshapedRank)
            .values(call -> call.values(0)),
        moving("SQUEEZE")
            .options("Squeeze")
            .assume(call -> Shapes.requireRank(call, 0, 0, 8))
            .takesUnknown()
            .makes(Movements::squeezed)
            .ranks(Movements::squeezedRank)
            .values(call -> call.values(0)),
        moving("EXPAND_DIMS", "i32 i64")
            .takesUnknown()
            .makes(Movements::expanded)
            .ranks(call -> call.rank(0) < 0 ? -1 : call.rank(0) + 1)
            .values(call -> call.values(0)),
        moving("TRANSPOSE", "i32")
            .assume(call -> Shapes.requireRank(call, 0, 1, 6))
            .makes(Movements::transposed),
        rule("SLICE")
            .typesOf("T i32 i32 > T", SMALL)
            .typesOf("T i64 i64 > T", SMALL)
            .assume(Scales::copied)
            .assume(call -> Shapes.requireRank(call, 0, 0, 5))
            .makes(Movements::sliced)
            .values(KnownValues::sliced),
        rule("STRIDED_SLICE")
            .typesOf("T i32 i32 i32 > T", SMALL + " u32")
            .options("StridedSlice")
            .assume(Scales::copied)
            .makes(StridedSlices::shape)
            .ranks(StridedSlices::rank)
            .values(StridedSlices::values),
        rule("CONCATENATION")
            .typesOf("T T... > T", SMALL + " u32")
            .options("Concatenation")
            .assume(Scales::concatenated)
            .takesUnknown()
            .makes(Movements::joined)
            .ranks(Shapes::rankOfInput)
            .values(Movements::joinedValues),
        rule("PACK")
            .typesOf("T T... > T", SMALL + " u32")
            .options("Pack")
            .assume(Scales::equal)
            .takesUnknown()
            .makes(Movements::packed)
            .ranks(call -> call.rank(0) < 0 ? -1 : call.rank(0) + 1)
            .values(Movements::joinedValues),
        rule("UNPACK")
            .typesOf("T > T...", SMALL)
            .options("Unpack")
            .assume(Scales::copied)
            .takesUnknown()
            .makesAll(Movements::unpacked)
            .ranks(call -> Math.max(-1, call.rank(0) - 1)),
        rule("SPLIT")
            .typesOf("i32 T > T...", SMALL)
            .options("Split")
            .takesUnknown()
            .makesAll(Movements::split)
            .ranks(call -> call.rank(1)),
        rule("SPLIT_V")
            .typesOf("T i32 i32 > T...", SMALL)
            .typesOf("T i64 i32 > T...", SMALL)
            .options("SplitV")
            .assume(Scales::copied)
            .makesAll(Movements::splitAt),
        pad,
        paddings("MIRROR_PAD").options("MirrorPad").makes(Movements::mirrored),
        rule("PADV2")
            .typesOf("T i32 T > T", SMALL)
            .typesOf("T i64 T > T", SMALL)
            .assume(Scales::equal)
            .assume(call -> Shapes.requireElements(call, 2, 1))
            .makes(Movements::padded),
        rule("TILE")
            .typesOf("T i32 > T", "f32 i8 u8 i32 i64 bool")
            .typesOf("T i64 > T", "f32 i8 u8 i32 i64 bool")
            .assume(Scales::copied)
            .makes(Movements::tiled),
        moving("BROADCAST_TO", "i32 i64")
            .assume(call -> Shapes.requireRank(call, 0, 0, 8))
            .makes(Movements::broadcastTo),
        moving("REVERSE_V2", "i32")
            .assume(call -> Shapes.requireRank(call, 0, 1, 8))
            .assume(Movements::reversed)
            .makes(Shapes::ofInput),
        rule("SHAPE")
            .typesOf("any > T", "i32 i64")
            .takesUnknown()
            .makes(call -> call.rank(0) < 0 ? null : new int[] {call.rank(0)})
            .ranks(call -> 1)
            .values(Movements::shapeValues),
        rule("RANK").types("any > i32").takesUnknown().makes(call -> new int[0]),
        rule("DENSIFY").typesOf("T > T", "f32 f16 i8").makes(Shapes::ofInput));
  }

  /** An operator that copies elements. */
  private static OperatorRule moving(String name) {
    return rule(name).typesOf("T > T", SMALL).assume(Scales::copied);
  }

  /** An operator that copies elements to where a second operand says. */
  private static OperatorRule moving(String name, String positions) {
    OperatorRule rule = rule(name).assume(Scales::copied);
    for (String kind : positions.split(" ")) {
      rule.typesOf("T " + kind + " > T", SMALL);
    }
    return rule;
  }

  private static OperatorRule paddings(String name) {
    return moving(name, "i32 i64").assume(call -> Shapes.requireRank(call, 0, 0, 5));
  }
}
