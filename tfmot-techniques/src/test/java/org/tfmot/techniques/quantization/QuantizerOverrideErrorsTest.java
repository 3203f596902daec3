package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** What cannot be meant is refused before anything is changed, with its name and value. */
class QuantizerOverrideErrorsTest {

  private static final GraphModel MODEL = TestLayers.residual(Kind.RESOURCE);
  private static final LayerQuantization FOUR = LayerQuantization.bits(4, 4);

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -8, 0, 1, 17, 32})
  void widths_outOf2To16(int bits) {
    assertRefused(() -> Quantizer.lastValue().bits(bits), "2 to 16 bits, not in " + bits);
    assertRefused(() -> LayerQuantization.bits(bits, 8), "weights", "not in " + bits);
    assertRefused(() -> LayerQuantization.bits(8, bits), "output", "not in " + bits);
  }

  @ParameterizedTest
  @CsvSource({
    "2, -2, larger",
    "0, 0, larger",
    "1, 1, larger",
    "NaN, 1, finite",
    "-1, NaN, finite",
    "-Infinity, 1, finite",
    "-1, Infinity, finite",
    "-1, 1e39, finite",
    "1, 2, contain 0",
    "-2, -1, contain 0",
    "0, 1e-40, narrow"
  })
  void fixedRanges_thatAreNone(double min, double max, String why) {
    assertRefused(() -> Quantizer.fixed(min, max), why, "" + min, "" + max);
    QuantizationAwareTraining.Builder builder = QuantizationAwareTraining.builder();
    assertRefused(() -> builder.fixedInputRange(min, max), why, "the inputs", "" + min);
    assertRefused(
        () -> builder.fixedInputRange("image", min, max), why, "input \"image\"", "" + min);
    assertRefused(() -> builder.fixedOutputRange(min, max), why, "the outputs", "" + max);
    assertRefused(
        () -> builder.fixedOutputRange("logits", min, max), why, "output \"logits\"", "" + max);
  }

  @ParameterizedTest
  @CsvSource({"NaN, 1, finite", "1, 2, contain 0", "-1, Infinity, finite"})
  void firstRangeOfAMovingAverage(double min, double max, String why) {
    assertRefused(() -> Quantizer.movingAverage(0.9, min, max), why, "" + min, "" + max);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void decayOfAMovingAverage(double decay) {
    assertRefused(() -> Quantizer.movingAverage(decay), "[0, 1)", "" + decay);
  }

  @Test
  void activationsPerChannel() {
    assertRefused(
        () -> LayerQuantization.ofActivations(Quantizer.standard().perChannel(true)),
        "activations cannot be quantized per channel",
        "weights per channel");
  }

  @Test
  void selectorsOfNothing() {
    assertNotApplied(
        builder().layer(LayerSelector.named("stem"), FOUR).layer((name, type) -> false, FOUR),
        "layer configuration 2",
        "stem/Conv2D");
    assertNotApplied(
        builder().layer(LayerSelector.named("stem", "stems"), FOUR),
        "layer configuration 1: no layer of the model is named \"stems\"; the nearest is"
            + " \"stem\"");
    // Fused into the convolution: the layer is that.
    assertNotApplied(
        builder().layer(LayerSelector.named("stem/relu"), FOUR), "layer configuration 1");
    assertNotApplied(builder().select((name, type) -> false), "nothing to quantize");
  }

  @Test
  void weightsOfWhatHasNone() {
    LayerQuantization weights = LayerQuantization.ofWeights(Quantizer.standard().bits(4));
    assertNotApplied(
        builder().layer(LayerSelector.named("sum"), weights), "no quantized weight or output");
    assertApplied(builder().layer(LayerSelector.named("sum"), FOUR));
  }

  @Test
  void layerConfigurationThatAnotherOneHides() {
    assertNotApplied(
        builder()
            .layer(LayerSelector.named("conv1"), FOUR)
            .layer(LayerSelector.named("conv1"), LayerQuantization.bits(6, 6)),
        "layer configuration 1 has no effect");
    assertNotApplied(
        builder().layer(LayerSelector.named("conv1"), FOUR).layer(LayerSelector.layers(), FOUR),
        "layer configuration 1 has no effect (named(\"conv1\"))");
    assertApplied(
        builder().layer(LayerSelector.layers(), FOUR).layer(LayerSelector.named("conv1"), FOUR));
    assertNotApplied(
        builder().layer(LayerSelector.named("image"), FOUR).floatInputs(),
        "layer configuration 1 has no effect");
    assertApplied(builder().layer(LayerSelector.layers(), FOUR).floatInputs());
  }

  @Test
  void laterConfiguration_wins() {
    GraphModel applied =
        builder()
            .layer(LayerSelector.layers(), FOUR)
            .layer(LayerSelector.named("conv1"), LayerQuantization.bits(6, 7))
            .build()
            .apply(MODEL)
            .model();
    assertEquals(6, QuantizedGraphs.bits(applied, "conv1/Conv2D/input1/fake_quant"));
    assertEquals(7, QuantizedGraphs.bits(applied, "conv1/relu/fake_quant"));
    assertEquals(4, QuantizedGraphs.bits(applied, "conv2/Conv2D/input1/fake_quant"));
    assertEquals(4, QuantizedGraphs.bits(applied, "image/fake_quant"));
  }

  @Test
  void namesThatAreNoInputsOrOutputs() {
    assertNotApplied(builder().fixedInputRange("logits", -1, 1), "no input \"logits\"", "[image]");
    assertNotApplied(builder().fixedOutputRange("image", -1, 1), "no output \"image\"", "[logits]");
  }

  @Test
  void endpointsThatAreNotQuantized() {
    LayerSelector late = LayerSelector.named("logits");
    assertNotApplied(
        builder().select(late).fixedInputRange("image", -1, 1), "input \"image\" is not quantized");
    assertNotApplied(
        builder().select(LayerSelector.named("stem")).fixedOutputRange(-1, 1),
        "no output of the model is quantized");
  }

  @Test
  void twoRangesForOneEndpoint() {
    assertNotApplied(
        builder().fixedInputRange("image", -1, 1).fixedInputRange("image", -2, 2),
        "the input \"image\" has no effect");
    assertNotApplied(builder().fixedInputRange(-1, 1).floatInputs(), "the inputs has no effect");
    assertNotApplied(builder().floatInputs().fixedInputRange(-1, 1), "no input of the model");
    assertNotApplied(
        builder().fixedOutputRange("logits", -1, 1).fixedOutputRange(-2, 2),
        "the output \"logits\" has no effect");
  }

  @Test
  void rangeOfAFunctionThatTheRuntimeDecides() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> layers.at("p", "softmax").nn.softmax(layers.matMul("one", x, 4)));
    assertRefused(
        () -> builder().fixedOutputRange(-1, 1).build().apply(model),
        "demands the range [0.0, 0.996",
        "p/softmax");
    Optimized applied =
        builder()
            .layer(
                LayerSelector.layers(),
                LayerQuantization.ofActivations(Quantizer.movingAverage(0.5)))
            .build()
            .apply(model);
    assertEquals(
        255 / 256f, QuantizedGraphs.constant(applied.model(), "p/softmax/fake_quant", 2)[0]);
    assertTrue(
        applied.reports().get(0).applied().stream()
            .anyMatch(entry -> entry.detail().contains("that the runtime demands")));
  }

  @Test
  void rangeFinderThatAnswersWithoutATensor() {
    assertNotApplied(observer(graph -> TrainedRange.of("nowhere", "nowhere")), "\"nowhere\"");
  }

  @Test
  void rangeFinderThatAssignsToNoVariable() {
    assertNotApplied(
        observer(
            graph -> {
              graph.assign(graph.batchMin(), graph.batchMax());
              return TrainedRange.of(graph.batchMin(), graph.batchMax());
            }),
        "is no variable of the range of \"image\"");
  }

  @Test
  void rangeFinderWhoseExportNeedsTheInput() {
    assertNotApplied(
        observer(graph -> TrainedRange.of(graph.batchMin(), graph.batchMax())),
        "image/fake_quant",
        "keep it in a variable");
  }

  @Test
  @SuppressWarnings("removal")
  void observerOfTheFormerName_isAsked() {
    RangeFinder former = graph -> TrainedRange.of("nowhere", "nowhere");
    assertNotApplied(observer(former), "\"nowhere\"");
  }

  private static QuantizationAwareTraining.Builder observer(RangeObserver observer) {
    return builder()
        .layer(
            LayerSelector.named("image"), LayerQuantization.ofActivations(Quantizer.of(observer)));
  }

  private static QuantizationAwareTraining.Builder builder() {
    return QuantizationAwareTraining.builder();
  }

  private static void assertApplied(QuantizationAwareTraining.Builder builder) {
    assertTrue(builder.build().apply(MODEL).model().canTrain());
  }

  private static void assertNotApplied(QuantizationAwareTraining.Builder builder, String... words) {
    assertRefused(() -> builder.build().apply(MODEL), words);
  }
}
