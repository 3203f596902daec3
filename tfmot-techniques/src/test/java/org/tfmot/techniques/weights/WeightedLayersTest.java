package org.tfmot.techniques.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.LayerCase;
import org.tfmot.techniques.testing.TechniqueSpec;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;

/**
 * Each layer here is one before a dense layer: techniques on weights know most of them, and name
 * the others.
 */
class WeightedLayersTest {

  private static final String LAYER = "unknown/layer";
  private static final int CLUSTERS = 3;
  private static final Technique PRUNING =
      Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).depthwise().build();

  @TechniqueSpec
  void layer_isPruned_andClustered(LayerCase layer, Kind kind) {
    Optimized pruned = PRUNING.apply(layer.model(kind));
    assertApplied(layer.type(), LayerCase.OPERATION, pruned);
    assertHalf(kernel(afterOneUpdate(pruned).strip(), LayerCase.KERNEL));
    Optimized clustered =
        Clustering.builder().clusters(CLUSTERS).depthwise().build().apply(layer.model(kind));
    assertApplied(layer.type(), LayerCase.OPERATION, clustered);
    float[] kernel = kernel(clustered.strip(), LayerCase.KERNEL);
    long values = IntStream.range(0, kernel.length).mapToObj(i -> kernel[i]).distinct().count();
    assertEquals(CLUSTERS, values, Arrays.toString(kernel));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void weightThatIsTransposedOnItsWay_isPruned(Kind kind) {
    Body body =
        (layers, x) -> {
          Ops tf = layers.tf();
          Operand<TFloat32> turned = tf.linalg.transpose(weight(layers, 4, 4), tf.array(1, 0));
          return at(layers).train.batchMatMul(x, turned, TFloat32.class);
        };
    Optimized pruned = PRUNING.apply(model(body, kind));
    assertApplied("BatchMatMulV3", LAYER, pruned);
    assertHalf(kernel(afterOneUpdate(pruned).strip(), "unknown/kernel"));
  }

  /** As recurrent layers read the gates of a kernel. */
  enum Part {
    SPLIT {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> kernel) {
        return tf.split(tf.constant(1), kernel, 2L).output().get(1);
      }
    },
    SPLIT_BY_SIZES {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> kernel) {
        return tf.splitV(kernel, tf.array(4, -1), tf.constant(1), 2L).output().get(1);
      }
    },
    STRIDED_SLICE {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> kernel) {
        return tf.stridedSlice(
            kernel,
            tf.array(0, 4),
            tf.array(0, 8),
            tf.array(1, 1),
            StridedSlice.beginMask(1L),
            StridedSlice.endMask(1L));
      }
    },
    SLICE {
      @Override
      Operand<TFloat32> of(Ops tf, Operand<TFloat32> kernel) {
        return tf.slice(kernel, tf.array(0, 4), tf.array(-1, 4));
      }
    };

    abstract Operand<TFloat32> of(Ops tf, Operand<TFloat32> kernel);
  }

  @ParameterizedTest
  @EnumSource(Part.class)
  void weightThatIsReadInPart_isPrunedAsAWhole_andItsAxesAreKnown(Part part) {
    Body body =
        (layers, x) -> at(layers).linalg.matMul(x, part.of(layers.tf(), weight(layers, 4, 8)));
    GraphModel model = model(body, Kind.RESOURCE);
    Optimized pruned = PRUNING.apply(model);
    assertApplied("MatMul", LAYER, pruned);
    assertHalf(kernel(afterOneUpdate(pruned).strip(), "unknown/kernel"));
    WeightedLayers found =
        WeightedLayers.find(
            model, new ModelEditor(model), LayerSelector.named(LAYER), false, "test");
    assertEquals(new WeightAxes(0, 1), found.layers().get(0).axes());
  }

  private static void assertHalf(float[] kernel) {
    int zeros = (int) IntStream.range(0, kernel.length).filter(i -> kernel[i] == 0).count();
    assertEquals(kernel.length - (int) Math.rint(kernel.length / 2.0), zeros);
  }

  private static Optimized afterOneUpdate(Optimized pruned) {
    try (LiveModel live = pruned.model().open()) {
      for (TrainingHook hook : pruned.hooks()) {
        hook.begin(live.session(), 0, 1);
        hook.beforeStep(live.session(), 0);
      }
      return pruned.withModel(live.snapshot());
    }
  }

  private static float[] kernel(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }

  private static void assertApplied(String type, String operation, Optimized optimized) {
    List<Entry> applied = optimized.reports().get(0).applied();
    assertTrue(
        applied.stream().anyMatch(e -> e.operation().equals(operation) && e.type().equals(type)),
        applied.toString());
    assertEquals(List.of(), optimized.reports().get(0).skipped());
  }

  @Test
  void depthwise_hasToBeAskedFor() {
    Body body =
        (layers, x) -> {
          Operand<TFloat32> image = layers.tf().reshape(x, layers.tf().array(-1, 2, 2, 1));
          return at(layers)
              .nn
              .depthwiseConv2dNative(
                  image, weight(layers, 3, 3, 1, 1), List.of(1L, 1L, 1L, 1L), "SAME");
        };
    assertNamed(
        body,
        Kind.RESOURCE,
        new Entry(
            LAYER, "DepthwiseConv2dNative", "a depthwise convolution, which has to be asked for"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void weightOfAnotherOperation_isNamed(Kind kind) {
    Body body = (layers, x) -> at(layers).math.mul(x, weight(layers, 1, 4));
    assertNamed(body, kind, unknown("Mul"));
  }

  @Test
  void weightBehindItsHandle_isNamed() {
    Body body =
        (layers, x) -> {
          Operand<?> handle = ((GraphOperation) weight(layers, 4, 4).op()).input(0);
          return at(layers).resourceGather(handle, index(layers, x), TFloat32.class);
        };
    assertNamed(body, Kind.RESOURCE, unknown("ResourceGather"));
  }

  /** An embedding whose table is the weight of the logits, too. */
  private static GraphModel tied() {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 4),
        (layers, x) -> {
          Ops tf = layers.tf();
          Operand<TFloat32> table = weight(layers, 4, 4);
          Operand<TFloat32> rows =
              layers.at("embedding", "GatherV2").gather(table, index(layers, x), tf.constant(0));
          Operand<TFloat32> mean = tf.math.mean(rows, tf.constant(1));
          return layers.at("logits", "MatMul").linalg.matMul(mean, table, MatMul.transposeB(true));
        });
  }

  @Test
  void weightOfALayerThatIsNotSelected_isLeftToIt() {
    LayerSelector selector = LayerSelector.layers().except("embedding");
    Pruning.Builder pruning = Pruning.builder().select(selector);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> pruning.schedule(ConstantSparsity.of(0.5, 0)).build().apply(tied()))
            .getMessage();
    assertTrue(
        message.contains(
            "logits/MatMul (MatMul): it shares the weight \"unknown/kernel\" with"
                + " \"embedding/GatherV2\": not selected"),
        message);
    assertThrows(
        IllegalArgumentException.class,
        () -> Clustering.builder().clusters(CLUSTERS).select(selector).build().apply(tied()));
  }

  @Test
  void weightOfTwoLayers_isPrunedAndClusteredOnce() {
    Optimized pruned = PRUNING.apply(tied());
    assertEquals(2, pruned.reports().get(0).applied().size());
    assertHalf(kernel(afterOneUpdate(pruned).strip(), "unknown/kernel"));
    Optimized clustered = Clustering.builder().clusters(CLUSTERS).build().apply(tied());
    assertEquals(2, clustered.reports().get(0).applied().size());
  }

  @Test
  void kernelOfAConvolutionAndAProduct_isClusteredForTheTensor() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4),
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TFloat32> kernel = weight(layers, 1, 1, 4, 4);
              Operand<TFloat32> pixels = tf.reshape(x, tf.array(-1, 1, 1, 4));
              Operand<TFloat32> y =
                  layers
                      .at("conv", "Conv2D")
                      .nn
                      .conv2d(pixels, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
              Operand<TFloat32> matrix = tf.reshape(kernel, tf.array(4, 4));
              return layers
                  .at("dense", "MatMul")
                  .linalg
                  .matMul(tf.reshape(y, tf.array(-1, 4)), matrix);
            });
    Optimized clustered = Clustering.builder().clusters(CLUSTERS).perChannel().build().apply(model);
    assertEquals(
        List.of("3 clusters on", "3 clusters on"),
        clustered.reports().get(0).applied().stream()
            .map(entry -> entry.detail().replaceFirst(" on .*", " on"))
            .toList());
    float[] kernel = kernel(clustered.strip(), "unknown/kernel");
    assertEquals(
        CLUSTERS, IntStream.range(0, kernel.length).mapToObj(i -> kernel[i]).distinct().count());
  }

  @Test
  void einsumOfOneOperand_isPassedThrough() {
    Body body =
        (layers, x) -> at(layers).linalg.einsum(List.of(layers.matMul("first", x, 4)), "ij->ji");
    Optimized pruned = PRUNING.apply(model(body, Kind.RESOURCE));
    assertEquals(2, pruned.reports().get(0).applied().size());
    QuantizationAwareTraining.create().apply(model(body, Kind.RESOURCE));
  }

  private static Entry unknown(String type) {
    return new Entry(LAYER, type, "pruning does not know operations of this type");
  }

  private static void assertNamed(Body body, Kind kind, Entry entry) {
    Optimized pruned =
        Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).build().apply(model(body, kind));
    assertEquals(List.of(entry), pruned.reports().get(0).skipped());
  }

  private static GraphModel model(Body body, Kind kind) {
    return TestLayers.model(
        kind,
        Shape.of(-1, 4),
        (layers, x) -> {
          Operand<TFloat32> y = body.build(layers, x);
          Operand<TFloat32> flat = layers.tf().reshape(y, layers.tf().array(-1, 4));
          return layers.matMul("dense", flat, 3);
        });
  }

  private static Ops at(TestLayers layers) {
    return layers.at("unknown", "layer");
  }

  private static Operand<TFloat32> weight(TestLayers layers, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 2 == 0 ? 1 : -1) * (0.1f + 0.07f * i);
    }
    return layers.weight("unknown", "kernel", shape, values);
  }

  private static Operand<TInt32> index(TestLayers layers, Operand<TFloat32> x) {
    return layers.tf().dtypes.cast(layers.tf().math.sign(x), TInt32.class);
  }
}
