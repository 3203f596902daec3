package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Masks of attentions, in the forms in which Keras and others write them, cost no precision. */
class AttentionMaskTest {

  private static final int SIZE = 8;

  /** What float and integers may differ by: of outputs up to 1, some steps of the scores. */
  private static final float BOUND = 0.03f;

  private interface Masking {
    Operand<TFloat32> mask(Ops tf, Operand<TFloat32> scores, Operand<TFloat32> mask, float lowest);
  }

  private record Form(String name, Masking masking, float lowest) {
    @Override
    public String toString() {
      return name + " of " + lowest;
    }
  }

  static Stream<Form> forms() {
    Map<String, Masking> finite = new LinkedHashMap<>();
    finite.put(
        "a cast mask that is added",
        (tf, scores, mask, low) -> tf.math.add(scores, adder(tf, truth(tf, mask), low)));
    finite.put(
        "a float mask that is subtracted",
        (tf, scores, mask, low) ->
            tf.math.sub(
                scores, tf.math.mul(tf.math.sub(tf.constant(1f), mask), tf.constant(-low))));
    finite.put(
        "a mask behind a bias",
        (tf, scores, mask, low) ->
            tf.math.add(scores, tf.math.add(weight(tf, 9, SIZE), adder(tf, truth(tf, mask), low))));
    Map<String, Masking> any = new LinkedHashMap<>();
    any.put(
        "a choice",
        (tf, scores, mask, low) ->
            tf.select(tf.math.greater(mask, tf.constant(.5f)), scores, tf.constant(low)));
    any.put(
        "a choice of a filled tensor",
        (tf, scores, mask, low) ->
            tf.select(
                tf.math.greater(mask, tf.constant(.5f)),
                scores,
                tf.fill(tf.array(SIZE, SIZE), tf.constant(low))));
    any.put(
        "a causal constant", (tf, scores, mask, low) -> tf.math.add(scores, causal(tf, 0, low)));
    Stream<Form> both =
        Stream.of(-1e9f, -1e4f, -Float.MAX_VALUE)
            .flatMap(
                low ->
                    Stream.of(finite, any)
                        .flatMap(forms -> forms.entrySet().stream())
                        .map(form -> new Form(form.getKey(), form.getValue(), low)));
    Stream<Form> infinite =
        any.entrySet().stream()
            .map(form -> new Form(form.getKey(), form.getValue(), Float.NEGATIVE_INFINITY));
    Stream<Form> product =
        Stream.of(
            new Form(
                "a causal factor and term",
                (tf, scores, mask, low) ->
                    tf.math.sub(
                        tf.math.mul(scores, causal(tf, 1, 0)),
                        tf.math.mul(
                            tf.constant(-low), tf.math.sub(tf.constant(1f), causal(tf, 1, 0)))),
                -1e4f));
    return Stream.of(both, infinite, product).flatMap(forms -> forms);
  }

  private static Operand<TBool> truth(Ops tf, Operand<TFloat32> mask) {
    return tf.math.greater(mask, tf.constant(.5f));
  }

  private static Operand<TFloat32> adder(Ops tf, Operand<TBool> mask, float low) {
    Operand<TFloat32> number = tf.dtypes.cast(mask, TFloat32.class);
    return tf.math.mul(tf.math.sub(tf.constant(1f), number), tf.constant(low));
  }

  private static Operand<TFloat32> causal(Ops tf, float below, float above) {
    float[] values = new float[SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % SIZE > i / SIZE ? above : below;
    }
    return tf.constant(Shape.of(SIZE, SIZE), DataBuffers.of(values));
  }

  private static Operand<TFloat32> weight(Ops tf, int seed, long... sizes) {
    Shape shape = Shape.of(sizes);
    return tf.constant(shape, DataBuffers.of(waves((int) shape.size(), seed)));
  }

  private static float[] waves(int count, int seed) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.sin(seed + 1.7 * i);
    }
    return values;
  }

  /** Where a maximum reads the sum, the mask cannot be cut. */
  @Test
  void maskOfAMaximum_isWarnedOf_withTheTensorThatVanishes() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Shape square = Shape.of(SIZE, SIZE);
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(square));
              Operand<TFloat32> mask =
                  tf.withName("mask").placeholder(TFloat32.class, Placeholder.shape(square));
              Operand<TFloat32> sum =
                  tf.withName("sum").math.add(x, adder(tf, truth(tf, mask), -1e9f));
              return Endpoints.builder()
                  .input("x", x)
                  .input("mask", mask)
                  .output("logits", tf.max(sum, tf.array(1)))
                  .build();
            });
    Map<String, Tensor> feeds = tensors();
    List<Warning> warnings =
        PostTrainingQuantization.builder()
            .build()
            .calibrate(model, List.of(feeds))
            .report()
            .warnings();
    Warning lost =
        warnings.stream()
            .filter(each -> each.tensor().equals("x") && each.detail().contains("\"sum\""))
            .findFirst()
            .orElseThrow(() -> new AssertionError(warnings.toString()));
    // 16 bits do not tell x from 0 beside -1e9 either.
    assertEquals(
        "mask with a value that is as large as these, or leave \"sum\" in float (select,"
            + " allowFloat)",
        lost.remedy());
    GraphModel remedied =
        PostTrainingQuantization.builder()
            .select(LayerSelector.layers().except("sum"))
            .build()
            .calibrate(model, List.of(feeds))
            .model();
    assertArrayEquals(run(model, feeds), run(remedied, feeds), 1e-6f);
    feeds.values().forEach(Tensor::close);
  }

  private static GraphModel model(Form form, boolean training) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Shape square = Shape.of(SIZE, SIZE);
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(square));
              Operand<TFloat32> mask =
                  tf.withName("mask").placeholder(TFloat32.class, Placeholder.shape(square));
              Operand<TFloat32> scores = tf.linalg.matMul(x, weight(tf, 3, SIZE, SIZE));
              Operand<TFloat32> masked =
                  form.masking.mask(tf.withSubScope("masking"), scores, mask, form.lowest);
              return Endpoints.builder()
                  .input("x", x)
                  .input("mask", mask)
                  .output("logits", tf.linalg.matMul(tf.nn.softmax(masked), weight(tf, 5, SIZE, 4)))
                  .build();
            });
    return training ? model.withTraining(true) : model;
  }

  private static Map<String, float[]> values() {
    float[] mask = new float[SIZE * SIZE];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % SIZE == i / SIZE || i % 3 > 0 ? 1 : 0;
    }
    return Map.of("x", waves(SIZE * SIZE, 1), "mask", mask);
  }

  private static float[] run(GraphModel model, Map<String, Tensor> feeds) {
    try (LiveModel live = model.open();
        Result result = live.run(feeds)) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    values()
        .forEach(
            (name, each) ->
                tensors.put(name, TFloat32.tensorOf(Shape.of(SIZE, SIZE), DataBuffers.of(each))));
    return tensors;
  }

  private static float[] runFile(TfLiteModel file) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.run(values(), SIZE).get("logits");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void calibratedMask_answersAsFloat_inInt8(Form form) {
    GraphModel model = model(form, false);
    Map<String, Tensor> feeds = tensors();
    GraphModel quantized =
        PostTrainingQuantization.builder().build().calibrate(model, List.of(feeds)).model();
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    assertTrue(file.floatOperators().isEmpty(), file.floatOperators().toString());
    float[] exact = run(model, feeds);
    assertEquals(4 * SIZE, exact.length);
    assertArrayEquals(exact, runFile(file), BOUND, form.toString());
    feeds.values().forEach(Tensor::close);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void calibratedMask_answersAsFloat_simulatedIn16Bits(Form form) {
    GraphModel model = model(form, false);
    Map<String, Tensor> feeds = tensors();
    GraphModel quantized =
        PostTrainingQuantization.builder()
            .activationBits(16)
            .build()
            .calibrate(model, List.of(feeds))
            .model();
    assertArrayEquals(run(model, feeds), run(quantized, feeds), BOUND / 4, form.toString());
    feeds.values().forEach(Tensor::close);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void trainedMask_answersAsFloat_inInt8(Form form) {
    GraphModel model = model(form, true);
    Map<String, Tensor> feeds = tensors();
    GraphModel quantized =
        IntegerModels.trainedOnce(QuantizationAwareTraining.create().apply(model), feeds);
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    assertTrue(file.floatOperators().isEmpty(), file.floatOperators().toString());
    assertArrayEquals(run(model, feeds), runFile(file), BOUND, form.toString());
    feeds.values().forEach(Tensor::close);
  }
}
