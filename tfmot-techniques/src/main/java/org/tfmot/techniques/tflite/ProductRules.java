package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.List;

/** The rows of operators that multiply and add: convolutions and products of matrices. */
final class ProductRules {

  private ProductRules() {}

  static List<OperatorRule> rules() {
    return List.of(
        rule("CONV_2D")
            .types("f32 f32 f32 > f32", "f32 w8 f32 > f32", "f32 w4 f32 > f32")
            .types("f32 qu8 f32 > f32", "qu8 qu8 i32 > qu8", "q8 w8 i32 > q8", "q8 w4 i32 > q8")
            .types("q16 w8 i32 > q16", "q16 w8 i64 > q16")
            .options("Conv2D")
            .assume(Products::convolution)
            .assume(call -> Products.scales(call, 0, 1, 0))
            .makes(Products::convolved),
        rule("DEPTHWISE_CONV_2D")
            .types("f32 f32 f32 > f32", "f32 w8 f32 > f32", "qu8 qu8 i32 > qu8")
            .types("q8 w8 i32 > q8", "q8 w4 i32 > q8", "q16 w8 i64 > q16")
            .options("DepthwiseConv2D")
            .assume(Products::depthwise)
            .assume(call -> Products.scales(call, 0, 1, 3))
            .makes(Products::convolvedDepthwise),
        rule("TRANSPOSE_CONV")
            .types("i32 f32 f32 f32? > f32")
            .types("i32 w8 f32 f32? > f32")
            .types("i32 w8 q8 i32? > q8")
            .types("i32 w8 q16 i32? > q16")
            .types("i32 w8 q16 i64? > q16")
            .types("i32 qu8 qu8 i32? > qu8")
            .options("TransposeConv")
            .assume(Products::transposed)
            .assume(call -> Products.scales(call, 2, 1, 0))
            .makes(call -> Products.shapeFrom(call, 0)),
        rule("FULLY_CONNECTED")
            .types("f32 f32 f32? > f32")
            .types("f32 w8 f32? > f32")
            .types("f32 w4 f32? > f32")
            .types("f32 qu8 f32? > f32")
            .types("q8 w8 i32? > q8")
            .types("q8 q8 i32? > q8")
            .types("q8 w4 i32? > q8")
            .types("qu8 qu8 i32? > qu8")
            .types("q16 w8 i32? > q16")
            .types("q16 w8 i64? > q16")
            .options("FullyConnected")
            .takesUnknown() // Its Prepare, which runs again for such a shape, verifies the size.
            .assume(Products::fullyConnected)
            .assume(call -> Products.scales(call, 0, 1, 0))
            .makes(Products::connected),
        rule("BATCH_MATMUL")
            .types("f32 f32 > f32", "f32 q8 > f32", "q8 q8 > q8", "q16 q16 > q16", "i8 i8 > i32")
            .options("BatchMatMul")
            .assume(Products::matrices)
            .assume(Products::matrixScales)
            .makes(Products::multiplied));
  }
}
