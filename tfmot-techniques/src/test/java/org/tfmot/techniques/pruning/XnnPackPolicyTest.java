package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Pad;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** What is said of each operation was measured with XNNPACK, on kernels without AVX. */
class XnnPackPolicyTest {

  private static final TestLayers.Body SOUND =
      (layers, image) -> head(layers, middle(layers, stem(layers, image)));

  /** Changes the images between the beginning and the end. */
  private interface Change {
    Operand<TFloat32> apply(TestLayers layers, Operand<TFloat32> x);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void pointwiseConvolutionsOfTheSubgraph_arePruned_andNothingElse(Kind kind) {
    Optimized pruned = pruning().apply(model(kind, SOUND));
    OptimizationReport report = pruned.reports().get(0);
    assertEquals(
        List.of("point1/Conv2D", "point2/Conv2D", "point3/Conv2D"),
        report.applied().stream().map(Entry::operation).toList());
    Map<String, String> skipped =
        report.skipped().stream().collect(Collectors.toMap(Entry::operation, Entry::detail));
    assertEquals(3, skipped.size(), skipped.toString());
    assertTrue(skipped.get("stem/Conv2D").startsWith("not a 1x1 convolution"));
    assertTrue(skipped.get("logits/MatMul").startsWith("not a 1x1 convolution"));
    assertTrue(skipped.get("depthwise/Conv2D").startsWith("a depthwise convolution"));
    try (TestTraining training = new TestTraining(pruned, 2)) {
      training.begin(0, 1);
      training.step(0);
      GraphModel trained = pruned.withModel(training.live().snapshot()).strip();
      assertEquals(
          List.of(Shape.of(6, 1, 1, 8), Shape.of(6, 1, 1, 6), Shape.of(6, 1, 1, 6)),
          TfLiteConverter.of(trained).convert().weights().stream()
              .filter(weight -> weight.zeroCount() > 0.7 * weight.elementCount())
              .map(TfLiteTensor::shape)
              .toList());
    }
  }

  @Test
  void whatIsPruned_isStoredSparsely_andAnswersAsTheDenseFile() {
    GraphModel model = model(Kind.RESOURCE, SOUND).toInference();
    GraphModel pruned = Pruning.builder().forLatency().oneShot(0.75).apply(model).model();
    TfLiteModel sparse = TfLiteConverter.of(pruned).sparse().convert();
    assertEquals(3, sparse.weights().stream().filter(TfLiteTensor::isSparse).count());
    float[] image = new float[16 * 16 * 3];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) Math.sin(i);
    }
    try (TfLiteInterpreter dense = TfLiteInterpreter.open(TfLiteConverter.of(pruned).convert());
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(sparse)) {
      assertArrayEquals(dense.run(image, 1), interpreter.run(image, 1), 1e-5f);
      assertEquals(1, interpreter.delegateKernels());
    }
  }

  static Stream<Arguments> soundChanges() {
    return Stream.of(
        sound("relu6", (layers, x) -> layers.at("x", "Relu6").nn.relu6(x)),
        sound("sigmoid", (layers, x) -> layers.at("x", "Sigmoid").math.sigmoid(x)),
        sound("elu", (layers, x) -> layers.at("x", "Elu").nn.elu(x)),
        sound("abs", (layers, x) -> layers.at("x", "Abs").math.abs(x)),
        sound("sum", (layers, x) -> layers.at("x", "Add").math.add(x, layers.relu("y", x))),
        sound("product", (layers, x) -> layers.at("x", "Mul").math.mul(x, layers.relu("y", x))),
        sound("identity", (layers, x) -> layers.at("x", "Identity").identity(x)),
        sound(
            "resize",
            (layers, x) ->
                layers
                    .at("x", "ResizeBilinear")
                    .image
                    .resizeBilinear(x, layers.tf().constant(new int[] {5, 5}))),
        sound(
            "squeeze and excite",
            (layers, x) -> {
              Operand<TFloat32> gate = layers.conv("gate", mean(layers, "squeeze", x, 1, 2), 6, 1);
              return layers.at("x", "Mul").math.mul(x, layers.at("y", "Sig").math.sigmoid(gate));
            }),
        sound("5x5", (layers, x) -> depthwise(layers, "x", x, 5, 1, "SAME")),
        sound("stride", (layers, x) -> depthwise(layers, "x", pad(layers, x, 2), 5, 2, "VALID")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("soundChanges")
  void operationsThatXnnPackKnows_breakNothing(String name, Change change) {
    OptimizationReport report = pruning().apply(with(change)).reports().get(0);
    List<String> applied = report.applied().stream().map(Entry::operation).toList();
    assertTrue(applied.containsAll(List.of("point1/Conv2D", "point3/Conv2D")), applied.toString());
  }

  static Stream<Arguments> brokenChanges() {
    return Stream.of(
        broken("3x3", "x/Conv2D", "has to be 1x1", (l, x) -> l.conv("x", x, 6, 3)),
        broken("stride", "x/Conv2D", "stride 1, not 2x2", (l, x) -> l.conv("x", x, 6, 1, 2)),
        broken("tanh", "x/Tanh", "no operation", (l, x) -> l.at("x", "Tanh").math.tanh(x)),
        broken("difference", "x/Sub", "no operation", (l, x) -> binary(l, x, "Sub")),
        broken("maximum", "x/MaxPool", "no operation", (l, x) -> l.maxPool("x", x)),
        broken("7x7", "x/Conv2D", "3x3 or 5x5", (l, x) -> depthwise(l, "x", x, 7, 1, "SAME")),
        broken("one-sided", "x/Conv2D", "1 zeros", (l, x) -> depthwise(l, "x", x, 3, 2, "SAME")),
        broken("unpadded", "x/Conv2D", "1 zeros", (l, x) -> depthwise(l, "x", x, 3, 1, "VALID")),
        broken("bias", "x/BiasAdd", "follow a convolution", (l, x) -> l.biasAdd("x", x)),
        broken("norm", "x/batch_norm", "follow a convolution", (l, x) -> l.batchNorm("x", x)),
        broken(
            "scaled",
            "x/Mul",
            "follow a convolution",
            (l, x) -> l.at("x", "Mul").math.mul(x, l.tf().constant(2f))),
        broken("lone pad", "pad6/Pad", "belong to one", (l, x) -> pad(l, x, 1)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenChanges")
  void operationThatBreaksARule_isNamedWithTheRule(
      String name, String operation, String rule, Change change) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> pruning().apply(with(change)));
    List<String> lines = e.getMessage().lines().skip(1).toList();
    assertEquals(1, lines.size(), e.getMessage());
    assertTrue(lines.get(0).strip().startsWith(operation + " ("), lines.get(0));
    assertTrue(lines.get(0).contains(rule), lines.get(0));
  }

  @Test
  void begin_hasToBeA3x3ConvolutionWithStride2_paddedOnAllSides() {
    assertRule(
        "stem/Conv2D",
        "zeros all around",
        (layers, image) -> head(layers, middle(layers, layers.conv("stem", image, 8, 3, 2))));
    assertRule(
        "stem/Conv2D",
        "at the beginning 3x3 with stride 2 over 3 channels",
        (layers, image) -> head(layers, middle(layers, layers.conv("stem", image, 8, 3))));
    assertRule(
        "stem/relu",
        "reads the model's input",
        (layers, image) -> head(layers, layers.conv("point3", layers.relu("stem", image), 6, 1)));
  }

  @Test
  void end_hasToBeTheMeanOverTheImage() {
    assertRule(
        "logits/BiasAdd",
        "nothing before it is a Mean",
        (layers, image) -> layers.biasAdd("logits", middle(layers, stem(layers, image))));
    assertRule(
        "mean/Mean",
        "dimensions 1 and 2, not [-3, -2]",
        (layers, image) -> mean(layers, "mean", middle(layers, stem(layers, image)), -3, -2));
  }

  @Test
  void resultThatIsReadElsewhere_isNamed() {
    assertRule(
        "side/Tanh",
        "it reads \"point1/relu\"",
        (layers, image) -> {
          Operand<TFloat32> x = stem(layers, image);
          Operand<TFloat32> y = layers.relu("point1", layers.convNorm("point1", x, 6, 1));
          Operand<TFloat32> side = layers.at("side", "Tanh").math.tanh(y);
          Operand<TFloat32> sum =
              layers
                  .at("side", "Max")
                  .math
                  .maximum(mean(layers, "mean", layers.relu("z", y), 1, 2), side);
          return sum;
        });
  }

  @Test
  void residualNetwork_hasEveryRuleItBreaksNamed() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> pruning().apply(TestLayers.residual(Kind.RESOURCE)));
    for (String operation :
        List.of("stem/Conv2D", "conv1/Conv2D", "conv2/Conv2D", "pool/MaxPool", "average/AvgPool")) {
      assertTrue(e.getMessage().contains(operation + " ("), e.getMessage());
    }
    assertFalse(e.getMessage().contains("conv3/Conv2D"), e.getMessage());
  }

  @Test
  void selector_isKept() {
    Optimized pruned =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.75, 0))
            .select(LayerSelector.named("point2", "logits"))
            .forLatency()
            .build()
            .apply(model(Kind.RESOURCE, SOUND));
    assertEquals(
        List.of("point2/Conv2D"),
        pruned.reports().get(0).applied().stream().map(Entry::operation).toList());
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Pruning.builder()
                    .schedule(ConstantSparsity.of(0.75, 0))
                    .select(LayerSelector.named("logits"))
                    .forLatency()
                    .build()
                    .apply(model(Kind.RESOURCE, SOUND)));
    assertTrue(e.getMessage().contains("no 1x1 convolution that is selected"), e.getMessage());
  }

  private static void assertRule(String operation, String rule, TestLayers.Body body) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> pruning().apply(model(Kind.RESOURCE, body)));
    assertTrue(
        e.getMessage()
            .lines()
            .anyMatch(line -> line.contains(operation + " (") && line.contains(rule)),
        e.getMessage());
  }

  private static Pruning pruning() {
    return Pruning.builder().schedule(ConstantSparsity.of(0.75, 0)).forLatency().build();
  }

  private static GraphModel model(Kind kind, TestLayers.Body body) {
    return TestLayers.model(kind, Shape.of(-1, 16, 16, 3), body);
  }

  private static GraphModel with(Change change) {
    return model(
        Kind.RESOURCE,
        (layers, image) -> {
          Operand<TFloat32> x = layers.relu("begin", stem(layers, image));
          x = layers.relu("point1", layers.convNorm("point1", x, 6, 1));
          x = layers.relu("after", change.apply(layers, x));
          return head(layers, layers.relu("point3", layers.conv("point3", x, 6, 1)));
        });
  }

  private static Operand<TFloat32> stem(TestLayers layers, Operand<TFloat32> image) {
    Shape shape = Shape.of(3, 3, 3, 8);
    Operand<TFloat32> kernel = layers.weight("stem", "kernel", shape, values(216));
    Operand<TFloat32> x =
        layers
            .at("stem", "Conv2D")
            .nn
            .conv2d(pad(layers, image, 1), kernel, List.of(1L, 2L, 2L, 1L), "VALID");
    return layers.relu("stem", layers.batchNorm("stem", x));
  }

  private static Operand<TFloat32> middle(TestLayers layers, Operand<TFloat32> start) {
    Operand<TFloat32> x = layers.relu("point1", layers.convNorm("point1", start, 6, 1));
    x = depthwise(layers, "depthwise", pad(layers, x, 1), 3, 2, "VALID");
    Operand<TFloat32> y = layers.biasAdd("point2", layers.conv("point2", x, 6, 1));
    x = layers.at("sum", "Add").math.add(x, layers.relu("point2", y));
    return layers.relu("point3", layers.conv("point3", x, 6, 1));
  }

  private static Operand<TFloat32> head(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> mean = layers.at("mean", "Mean").math.mean(x, layers.tf().array(1, 2));
    return layers.biasAdd("logits", layers.matMul("logits", mean, 5));
  }

  private static Operand<TFloat32> mean(
      TestLayers layers, String scope, Operand<TFloat32> x, int... axes) {
    return layers.at(scope, "Mean").math.mean(x, layers.tf().constant(axes), Mean.keepDims(true));
  }

  private static Operand<TFloat32> binary(TestLayers layers, Operand<TFloat32> x, String name) {
    return layers.at("x", name).math.sub(layers.relu("y", x), x);
  }

  private static Pad<TFloat32> pad(TestLayers layers, Operand<TFloat32> x, int side) {
    int[][] sides = {{0, 0}, {side, side}, {side, side}, {0, 0}};
    return layers
        .at("pad" + x.shape().get(3), "Pad")
        .pad(x, layers.tf().constant(sides), layers.tf().constant(0f));
  }

  private static Operand<TFloat32> depthwise(
      TestLayers layers, String scope, Operand<TFloat32> x, int size, long stride, String padding) {
    int channels = (int) x.shape().get(3);
    Shape shape = Shape.of(size, size, channels, 1);
    Operand<TFloat32> kernel =
        layers.weight(scope, "kernel", shape, values(size * size * channels));
    return layers
        .at(scope, "Conv2D")
        .nn
        .depthwiseConv2dNative(x, kernel, List.of(1L, stride, stride, 1L), padding);
  }

  private static float[] values(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.cos(3 * i);
    }
    return values;
  }

  private static Arguments sound(String name, Change change) {
    return Arguments.of(name, change);
  }

  private static Arguments broken(String name, String operation, String rule, Change change) {
    return Arguments.of(name, operation, rule, change);
  }
}
