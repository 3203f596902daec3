package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.List;

/** The rows of operators on single elements and of normalizations of a row. */
final class ActivationRules {

  private static final String NUMBERS = "f32 f16 i8 u8 i16 u16 i32 u32 i64 bool c64";

  private ActivationRules() {}

  static List<OperatorRule> rules() {
    OperatorRule relu = unary("RELU", "f32 q8 qu8 q16").assume(Scales::rescale);
    OperatorRule sqrt = unary("SQRT", "f32");
    OperatorRule exp = unary("EXP", "f32 q8 q16");
    OperatorRule tanh = unary("TANH", "f32 q8 qu8 q16").assume(Scales::sigmoid);
    return List.of(
        relu,
        relu.as("RELU6").assume(call -> limit(call, 6)),
        relu.as("RELU_N1_TO_1").assume(call -> limit(call, 1)),
        relu.as("RELU_0_TO_1").assume(call -> limit(call, 1)),
        unary("LEAKY_RELU", "f32 q8 qu8 q16").options("LeakyRelu").assume(Scales::leakyRelu),
        rule("PRELU")
            .typesOf("T T > T", "f32 q8 qu8")
            .assume(call -> Shapes.requireBroadcastRank(call, 4))
            .assume(Scales::prelu)
            .makes(Shapes::broadcast),
        unary("ELU", "f32 q8"),
        unary("GELU", "f32 q8 qu8").options("Gelu"),
        unary("HARD_SWISH", "f32 q8 qu8").assume(Scales::hardSwish),
        tanh,
        tanh.as("LOGISTIC").assume(ActivationRules::logistic),
        rule("SOFTMAX")
            .types("f32 > f32", "q8 > q8", "q8 > q16", "qu8 > qu8", "q16 > q16")
            .options("Softmax")
            .assume(ActivationRules::softmaxRank)
            .assume(Scales::softmax)
            .makes(Shapes::ofInput),
        unary("LOG_SOFTMAX", "f32 q8 qu8")
            .assume(call -> Shapes.requireRank(call, 0, 1, 8))
            .assume(ActivationRules::logSoftmax),
        unary("L2_NORMALIZATION", "f32 q8 qu8")
            .assume(call -> Shapes.requireRank(call, 0, 1, 4))
            .assume(ActivationRules::l2Normalization),
        unary("LOCAL_RESPONSE_NORMALIZATION", "f32")
            .options("LocalResponseNormalization")
            .assume(call -> Shapes.requireRank(call, 0, 4, 4))
            .assume(call -> require(call, "radius", call.options().getInt(0, 0), 0, 1 << 20)),
        exp,
        exp.as("LOG"),
        unary("RSQRT", "f32 q8 q16").assume(Scales::rsqrt),
        unary("ABS", "f32 i32 q8 q16 r16").assume(Scales::rescale),
        unary("NEG", "f32 i32 i64"),
        unary("SIGN", "f32 f64 i32"),
        sqrt,
        sqrt.as("SQUARE"),
        sqrt.as("SIN"),
        sqrt.as("COS"),
        sqrt.as("CEIL"),
        sqrt.as("FLOOR"),
        sqrt.as("ROUND"),
        unary("ZEROS_LIKE", "f32 i32 i64"),
        unary("LOGICAL_NOT", "bool"),
        unary("FAKE_QUANT", "f32")
            .options("FakeQuant")
            .assume(call -> require(call, "num_bits", call.options().getInt(2, 0), 2, 16)),
        cast(),
        anyShape(rule("QUANTIZE"))
            .types("f32 > p8", "f32 > qu8", "f32 > q16", "q8 > q8", "q8 > qu8", "qu8 > q8")
            .types("qu8 > qu8", "q16 > q8", "q16 > q16", "q16 > q32", "q32 > q8", "q32 > q16")
            .assume(ActivationRules::requantize),
        anyShape(rule("DEQUANTIZE")).typesOf("T > f32", "f16 p8 qu8 q16 w4"));
  }

  private static OperatorRule unary(String name, String kinds) {
    return anyShape(rule(name).typesOf("T > T", kinds));
  }

  /** The kernel takes one element after the other. */
  private static OperatorRule anyShape(OperatorRule rule) {
    return rule.takesUnknown().makes(Shapes::ofInput).ranks(Shapes::rankOfInput);
  }

  private static OperatorRule cast() {
    OperatorRule cast = anyShape(rule("CAST")).values(call -> call.values(0));
    for (String kind : NUMBERS.split(" ")) {
      cast.typesOf(kind + " > T", NUMBERS);
    }
    return cast;
  }

  /** A bound in units of the result has to be an integer of 32 bits. */
  private static void limit(OperatorCall call, double bound) {
    if (call.result(0).quantization().isPresent()) {
      call.require(
          bound / call.resultScale() < Integer.MAX_VALUE,
          "the bound %s is no integer in steps of %s",
          bound,
          call.resultScale());
    }
  }

  private static void logistic(OperatorCall call) {
    if (call.type(0) == TensorType.INT8 || call.type(0) == TensorType.UINT8) {
      call.require(
          call.resultScale() == 0x1p-8f,
          "the result has the scale %s; the kernel needs 1/256",
          call.resultScale());
    }
  }

  /** Of integers to 16 bits the kernel has no more than four dimensions. */
  private static void softmaxRank(OperatorCall call) {
    Shapes.requireRank(call, 0, 1, call.result(0).type() == TensorType.INT16 ? 4 : 8);
  }

  private static void logSoftmax(OperatorCall call) {
    switch (call.type(0)) {
      case INT8 -> Scales.requireResult(call, 0x1p-4, 127);
      case UINT8 -> Scales.requireResult(call, 0x1p-4, 255);
      default -> {}
    }
  }

  private static void l2Normalization(OperatorCall call) {
    switch (call.type(0)) {
      case INT8 -> Scales.requireResult(call, 0x1p-7, 0);
      case UINT8 -> Scales.requireResult(call, 0x1p-7, 128);
      default -> {}
    }
  }

  private static void requantize(OperatorCall call) {
    if (!call.type(0).isFloat()) {
      Scales.rescale(call);
    }
  }

  static void require(OperatorCall call, String option, int value, int least, int most) {
    call.require(
        value >= least && value <= most,
        "%s is %d and has to be from %d to %d",
        option,
        value,
        least,
        most);
  }
}
