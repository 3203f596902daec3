package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The converter's words, without advice that only Python's users can follow. */
class ConverterMessagesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Variable constant folding is failed. Please consider using enabling"
            + " `experimental_enable_resource_variables` flag in the TFLite converter object. For"
            + " example, converter.experimental_enable_resource_variables = True<unknown>:0: error:"
            + " loc(fused[\"Greater:\", \"op/Greater\"]): 'tfl.greater' op operand #0",
        "loc(fused[\"Greater:\", \"op/Greater\"]): error: op is neither a custom op nor a flex op\n"
            + "Some ops are not supported by the native TFLite runtime, you can enable TF kernels"
            + " fallback using TF Select. See instructions:"
            + " https://www.tensorflow.org/lite/guide/ops_select",
        "loc(fused[\"Greater:\", \"op/Greater\"]): error: requires element shape\n"
            + "Lowering tensor list ops is failed. Please consider using Select TF ops and"
            + " disabling `_experimental_lower_tensor_list_ops` flag in the TFLite converter"
            + " object. For example, converter.target_spec.supported_ops ="
            + " [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]\n"
            + " converter._experimental_lower_tensor_list_ops = False",
      })
  void adviceForPython_isLeftOut(String raw) {
    String message = ConverterMessages.explain(raw);
    for (String word :
        new String[] {"converter.", "experimental", "tf.lite", "TF Select", "converter object"}) {
      assertFalse(message.contains(word), message);
    }
    assertTrue(
        message.startsWith("TensorFlow's converter cannot convert Greater \"op/Greater\": "),
        message);
  }

  /** The converter's first sentence when anything fails before its last passes. */
  private static final String PREFIX =
      "Variable constant folding is failed. Please consider using enabling"
          + " `experimental_enable_resource_variables` flag in the TFLite converter object. For"
          + " example, converter.experimental_enable_resource_variables = True";

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "SelectV2|'tfl.select_v2' op quantization parameters violate the same scale constraint:"
            + " !quant.uniform<i8:f32, 0.1:9> vs. !quant.uniform<i8:f32, 0.2>|different ranges",
        "TensorListReserve|'tf.TensorListReserve' op requires element_shape to be static|"
            + "GraphModel.withInputShape",
        "Greater|'tfl.greater' op operand #0 must be tensor of 32-bit float|operand #0 must be",
        "ReadVariableOp|'tf.ReadVariableOp' op is not legal|freeze"
      })
  void causeIsSaid_notVariablesThatTheGraphHasNot(String type, String fault, String cause) {
    String message =
        ConverterMessages.explain(
            "%s<unknown>:0: error: loc(fused[\"%s:\", \"op/it\"]): %s"
                .formatted(PREFIX, type, fault));
    assertTrue(message.contains(cause), message);
    assertTrue(message.contains("%s \"op/it\"".formatted(type)), message);
    assertEquals(cause.equals("freeze"), message.contains("variable"), message);
  }

  @Test
  void variables_areSaid_whereNothingElseIs() {
    assertTrue(ConverterMessages.explain(PREFIX).contains("freeze the model"));
  }

  @Test
  void missing16BitForm_isNamed() {
    String message =
        ConverterMessages.explain(
            "loc(fused[\"Relu6:\", \"Relu6\"]): error: 'tfl.relu6' op operand #0 must be tensor of"
                + " 32-bit float, but got 'tensor<4x!quant.uniform<i16<-32767:32767>:f32, 3.0>>'");
    assertTrue(message.contains("no 16-bit form of RELU6"), message);
    assertTrue(message.contains("convert with int8()"), message);
  }

  @Test
  void faultOfAnOperand_isSaidWithoutTheListing() {
    assertEquals(
        "TensorFlow's converter cannot convert Reshape \"y\": 'tf.Reshape' op requires 'shape' to"
            + " have at most one dynamic dimension; correct its attributes or what it reads, or"
            + " express it by other operations.",
        ConverterMessages.explain(
            "Failed to prepare to lift variables.<unknown>:0: error: loc(fused[\"Reshape:\","
                + " \"y\"]): 'tf.Reshape' op requires 'shape' to have at most one dynamic"
                + " dimension\n"
                + "<unknown>:0: note: loc(fused[\"Reshape:\", \"y\"]): see current operation: %1 ="
                + " \"tf.Reshape\"(%arg0, %0) {device = \"\"} : (tensor<2x3xf32>, tensor<2xi32>)"));
  }

  @Test
  void convertersOwnText_isTheCause() {
    TfLiteConversionException e = ConverterMessages.error("raw text");
    assertEquals("raw text", String.valueOf(e.getCause().getMessage()));
  }

  @Test
  void anythingElse_staysAsItIs() {
    assertEquals(
        "TensorFlow's converter cannot convert the graph: something new",
        ConverterMessages.explain("something new"));
  }
}
