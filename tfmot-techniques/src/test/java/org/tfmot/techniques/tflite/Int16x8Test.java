package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.tflite.Int16Graphs.BIAS;
import static org.tfmot.techniques.tflite.Int16Graphs.ONE;
import static org.tfmot.techniques.tflite.Int16Graphs.SIDE;
import static org.tfmot.techniques.tflite.Int16Graphs.assertMentions;
import static org.tfmot.techniques.tflite.Int16Graphs.biased;
import static org.tfmot.techniques.tflite.Int16Graphs.fakeQuant;
import static org.tfmot.techniques.tflite.Int16Graphs.filter;
import static org.tfmot.techniques.tflite.Int16Graphs.graph;
import static org.tfmot.techniques.tflite.Int16Graphs.steps;
import static org.tfmot.techniques.tflite.Int16Graphs.wide;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.types.TFloat32;

/** What a file of 16-bit activations with 8-bit weights holds, and what is no such file. */
@EnabledOnOs(OS.LINUX)
class Int16x8Test {

  @Test
  void biasesWithEqualValues_areEachWidened() {
    SampleGraph graph =
        graph(
            4,
            (l, x) -> {
              Operand<TFloat32> y = l.tf.nn.conv2d(x, filter(l, "a", 3, 3, 3, 3), ONE, "SAME");
              y = wide(l, l.tf.nn.relu(y), 4);
              return l.tf.nn.conv2d(y, filter(l, "b", 1, 1, 3, 3), ONE, "SAME");
            });
    TfLiteModel model = graph.converter().int16x8().convert();
    List<TfLiteTensor> biases =
        model.operators().stream()
            .filter(op -> op.name().equals("CONV_2D"))
            .map(op -> model.tensors().get(op.inputs().get(2)))
            .toList();
    assertEquals(2, biases.size());
    biases.forEach(bias -> assertEquals(TensorType.INT64, bias.type()));
    assertTrue(steps(graph, model, 4) <= 3.01);
  }

  @Test
  void types_areThoseOfTheScheme() {
    SampleGraph graph = graph(4, (l, x) -> l.tf.nn.relu(biased(l, x)));
    TfLiteModel model = graph.converter().int16x8().convert();
    TfLiteOperator conv =
        model.operators().stream()
            .filter(op -> op.name().equals("CONV_2D"))
            .findFirst()
            .orElseThrow();
    TfLiteTensor input = model.tensors().get(conv.inputs().get(0));
    TfLiteTensor weights = model.tensors().get(conv.inputs().get(1));
    TfLiteTensor bias = model.tensors().get(conv.inputs().get(2));
    TfLiteTensor output = model.tensors().get(conv.outputs().get(0));
    assertEquals(TensorType.INT16, input.type());
    assertEquals(TensorType.INT8, weights.type());
    assertEquals(TensorType.INT64, bias.type());
    assertEquals(TensorType.INT16, output.type());
    assertEquals(List.of(0L), output.quantization().orElseThrow().zeroPoints());
    assertEquals(4 / 32767f, scale(output), 1e-9);
    assertEquals(1 / 32767f, scale(input), 1e-9);
    assertEquals(1, bias.quantization().orElseThrow().scales().size());
    double biasScale = (double) scale(input) * scale(weights);
    assertEquals(biasScale, scale(bias), 1e-6 * biasScale);
    for (int channel = 0; channel < BIAS.length; channel++) {
      long held = bias.data().getLong(Long.BYTES * channel);
      assertEquals(BIAS[channel], held * biasScale, biasScale);
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, FLOAT32", "FLOAT32, INT16", "INT16, FLOAT32", "INT16, INT16"})
  void endpoints_areOfTheTypesAskedFor(TensorType input, TensorType output) {
    SampleGraph graph = graph(4, (l, x) -> biased(l, x));
    TfLiteModel model = graph.converter().int16x8().inputType(input).outputType(output).convert();
    assertEquals(input, model.tensors().get(model.inputs().get("image")).type());
    assertEquals(output, model.tensors().get(model.outputs().get("logits")).type());
    assertTrue(steps(graph, model, 4) <= 2.01);
  }

  @Test
  void endpointsOfOtherIntegers_areRefused() {
    SampleGraph graph = graph(4, (l, x) -> biased(l, x));
    TfLiteConverter wide = graph.converter().int16x8().inputType(TensorType.INT8);
    assertMentions(assertThrows(IllegalArgumentException.class, wide::convert), "int8()");
    TfLiteConverter narrow = graph.converter().int8().outputType(TensorType.INT16);
    assertMentions(assertThrows(IllegalArgumentException.class, narrow::convert), "int16x8()");
  }

  @Test
  void graphOf8Bits_isRefused() {
    TfLiteConverter converter = SampleGraph.small(true).converter().int16x8();
    assertMentions(
        assertThrows(IllegalArgumentException.class, converter::convert), "activationBits(16)");
  }

  @Test
  void graphOf16Bits_asInt8_isRefused() {
    TfLiteConverter converter = graph(4, (l, x) -> biased(l, x)).converter().int8();
    assertMentions(assertThrows(TfLiteConversionException.class, converter::convert), "int16x8()");
  }

  @Test
  void graphOfBoth_hasAllActivationsIn16Bits() {
    TfLiteConverter converter =
        SampleGraph.of(
                SIDE,
                false,
                (l, image) -> {
                  Operand<TFloat32> x = fakeQuant(l, image, 1, 8);
                  x = fakeQuant(l, l.tf.withName("eight").nn.relu(x), 1, 8);
                  return wide(l, l.tf.math.mul(wide(l, x, 1), wide(l, x, 1)), 1);
                })
            .converter()
            .int16x8();
    TfLiteModel file = converter.convert();
    assertEquals(List.of(), file.floatOperators());
    assertTrue(file.tensors().stream().noneMatch(tensor -> tensor.type() == TensorType.INT8));
  }

  @Test
  void constantThatTwoOperationsShare_answersAsSimulated() {
    SampleGraph graph =
        graph(
            1,
            (l, x) -> {
              Operand<TFloat32> shared = wide(l, l.tf.constant(new float[] {.1f, .2f, .3f}), 1);
              return l.tf.math.mul(wide(l, l.tf.math.sub(x, shared), 2), shared);
            });
    assertTrue(steps(graph, graph.converter().int16x8().convert(), 1) <= 2.01);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, MAXIMUM", "-0.25, 1, MAXIMUM", "-1, 0.5, MINIMUM"})
  void rangeThatIsNotSymmetric_isCutOffInTheFile(float min, float max, String operator) {
    SampleGraph graph =
        SampleGraph.of(
            SIDE,
            false,
            (l, image) -> {
              Operand<TFloat32> x =
                  l.tf.quantization.fakeQuantWithMinMaxVars(
                      image,
                      l.tf.constant(min),
                      l.tf.constant(max),
                      FakeQuantWithMinMaxVars.numBits(16L));
              return wide(l, biased(l, x), 4);
            });
    TfLiteModel model = graph.converter().int16x8().convert();
    assertTrue(model.operators().stream().anyMatch(op -> op.name().equals(operator)));
    assertTrue(steps(graph, model, 4) <= 3.01);
  }

  private static float scale(TfLiteTensor tensor) {
    return tensor.quantization().orElseThrow().scales().get(0);
  }
}
