package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ratios of scales at the bounds of what the integer kernels represent. */
class ScaleRulesTest {

  private static TfLiteModel pair(String operator, TensorType type, float a, float b, float y) {
    FileBuilder file = new FileBuilder();
    int first = file.tensor(type, a, 0, 1, 4);
    int second = file.tensor(type, b, 0, 1, 4);
    boolean compares = y == 0;
    int result = compares ? file.tensor(TensorType.BOOL, 1, 4) : file.tensor(type, y, 0, 1, 4);
    return file.operator(operator, new int[] {first, second}, result)
        .inputs(first, second)
        .outputs(result)
        .model();
  }

  private static TfLiteModel single(String operator, TensorType type, float x, float y, long zero) {
    FileBuilder file = new FileBuilder();
    int input = file.tensor(type, x, 0, 1, 4);
    int result = file.tensor(type, y, zero, 1, 4);
    return file.operator(operator, new int[] {input}, result).inputs(input).outputs(result).model();
  }

  @ParameterizedTest
  @CsvSource({
    // 2 max(a, b) / (2^20 y) below 1
    "ADD, INT8, 1, 1, 2e-6, true",
    "ADD, INT8, 1, 1, 1.9e-6, false",
    "ADD, INT8, 1, 0.001, 1.9e-6, false",
    "SUB, INT8, 1, 1, 1e-7, false",
    "SUB, INT16, 1, 1, 6.2e-5, true",
    "SUB, INT16, 1, 1, 6.0e-5, false",
    "ADD, INT8, 1e-30, 1e30, 1e30, true",
    "ADD, INT8, 3e38, 3e38, 3e38, false",
    // (2 max(a, b))^2 / (2^14 y) below 1
    "SQUARED_DIFFERENCE, INT8, 1, 1, 2.5e-4, true",
    "SQUARED_DIFFERENCE, INT8, 1, 1, 2.4e-4, false",
    "SQUARED_DIFFERENCE, INT8, 1e-9, 1e-9, 1e-9, true",
    // 255^2 a b / y within 32 bits
    "MUL, INT8, 1, 1, 3.1e-5, true",
    "MUL, INT8, 1, 1, 1e-5, false",
    "MUL, INT16, 1, 1, 0.6, true",
    "MUL, INT16, 1, 1, 0.4, false",
    "MUL, INT8, 1e-30, 1e-30, 1, false",
    // Steps of 1/256, scales below 1
    "GREATER, INT8, 0.999, 0.999, 0, true",
    "GREATER, INT8, 1, 0.5, 0, false",
    "LESS, INT8, 0.5, 1.5, 0, false",
    "EQUAL, INT8, 0.001, 0.5, 0, false",
    // Compared or chosen as integers
    "LESS, INT16, 0.5, 0.5, 0, true",
    "LESS, INT16, 0.5, 0.25, 0, false",
    "MAXIMUM, INT8, 0.5, 0.5, 0.5, true",
    "MAXIMUM, INT8, 0.5, 0.25, 0.5, false",
    "MINIMUM, INT16, 0.5, 0.5, 0.25, false",
  })
  void ofTwoOperands(String operator, TensorType type, float a, float b, float y, boolean held) {
    check(pair(operator, type, a, b, y), held, operator);
  }

  @ParameterizedTest
  @CsvSource({
    "RELU, INT8, 1, 1, 0, true",
    "RELU, INT8, 1, 1e-7, 0, false",
    "RELU6, INT8, 1e-8, 1e-8, 0, true",
    "RELU6, INT8, 1e-9, 1e-9, 0, false",
    "ABS, INT16, 1, 1e-5, 0, false",
    "HARD_SWISH, INT8, 1, 0.01, 0, true",
    "HARD_SWISH, INT8, 1, 0.005, 0, false",
    "LOGISTIC, INT8, 1, 0.00390625, -128, true",
    "LOGISTIC, INT8, 1, 0.004, -128, false",
    "LOGISTIC, INT16, 5, 3.0517578125e-5, 0, true",
    "LOGISTIC, INT16, 6, 3.0517578125e-5, 0, false",
    "RSQRT, INT8, 1e-9, 1, 0, true",
    "RSQRT, INT8, 1e-9, 1e-9, 0, false",
    "LOG_SOFTMAX, INT8, 1, 0.0625, 127, true",
    "LOG_SOFTMAX, INT8, 1, 0.0625, 0, false",
    "QUANTIZE, INT8, 1, 1e-6, 0, true",
    "QUANTIZE, INT8, 1, 1e-9, 0, false",
  })
  void ofOneOperand(String operator, TensorType type, float x, float y, long zero, boolean held) {
    check(single(operator, type, x, y, zero), held, operator);
  }

  private static void check(TfLiteModel model, boolean held, String operator) {
    if (held) {
      assertDoesNotThrow(() -> KernelRules.check(model));
      TfLiteInterpreter.open(model).close();
      return;
    }
    String message =
        assertThrows(IllegalArgumentException.class, () -> KernelRules.check(model)).getMessage();
    assertTrue(message.startsWith(operator + " \"t"), message);
    assertThrows(IllegalArgumentException.class, () -> TfLiteInterpreter.open(model).close());
  }

  @Test
  void message_namesTensorsAndScales() {
    TfLiteModel model = pair("GREATER", TensorType.INT8, 2, 0.5f, 0);
    assertEquals(
        "GREATER \"t2\" (operator 0): \"t0\" has the scale 2.0; the kernel compares in steps of"
            + " 1/256 and needs a scale from 0.001953125 to below 1",
        assertThrows(IllegalArgumentException.class, () -> KernelRules.check(model)).getMessage());
  }

  @Test
  void multiplier_isTheFractionAndExponent() {
    assertEquals(new Multiplier(1L << 30, 1), Multiplier.of(1));
    assertEquals(new Multiplier(3L << 29, 0), Multiplier.of(0.75));
    assertEquals(new Multiplier(1L << 30, -31), Multiplier.of(0x1p-32));
    assertEquals(new Multiplier(0, 0), Multiplier.of(0x1p-34));
    // Rounds up to a whole.
    assertEquals(new Multiplier(1L << 30, 1), Multiplier.of(Math.nextDown(1.0)));
  }
}
