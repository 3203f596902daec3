package org.tfmot.techniques.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
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

  static List<Arguments> layers() {
    List<Arguments> all = new ArrayList<>();
    all.add(
        layer(
            "Conv3D",
            (layers, x) -> {
              Operand<TFloat32> volume = layers.tf().reshape(x, layers.tf().array(-1, 1, 2, 2, 1));
              Operand<TFloat32> w = weight(layers, 2, 2, 2, 1, 1);
              return at(layers).nn.conv3d(volume, w, List.of(1L, 1L, 1L, 1L, 1L), "SAME");
            }));
    all.add(
        layer(
            "Conv2DBackpropInput",
            (layers, x) -> {
              Operand<TFloat32> image = layers.tf().reshape(x, layers.tf().array(1, 2, 2, 1));
              Operand<TInt32> size = layers.tf().array(1, 2, 2, 1);
              Operand<TFloat32> w = weight(layers, 3, 3, 1, 1);
              return at(layers)
                  .nn
                  .conv2dBackpropInput(size, w, image, List.of(1L, 1L, 1L, 1L), "SAME");
            }));
    all.add(
        layer(
            "BatchMatMulV3",
            (layers, x) -> at(layers).train.batchMatMul(x, weight(layers, 4, 4), TFloat32.class)));
    all.add(
        layer(
            "BatchMatMulV3",
            (layers, x) -> {
              // The weight is transposed, out of the inputs' way.
              Ops tf = layers.tf();
              Operand<TFloat32> turned = tf.linalg.transpose(weight(layers, 4, 4), tf.array(1, 0));
              return at(layers).train.batchMatMul(x, turned, TFloat32.class);
            }));
    all.add(
        layer(
            "GatherV2",
            (layers, x) ->
                at(layers)
                    .gather(weight(layers, 4, 4), index(layers, x), layers.tf().constant(0))));
    all.add(
        layer(
            "Einsum",
            (layers, x) ->
                at(layers).linalg.einsum(List.of(x, weight(layers, 4, 4)), "bi,ij->bj")));
    all.add(
        layer(
            "Conv2D",
            (layers, x) -> {
              // A convolution of one dimension.
              Ops tf = layers.tf();
              Operand<TFloat32> line = tf.reshape(x, tf.array(-1, 1, 4, 1));
              Operand<TFloat32> w = tf.expandDims(weight(layers, 5, 1, 1), tf.constant(0));
              return at(layers).nn.conv2d(line, w, List.of(1L, 1L, 1L, 1L), "SAME");
            }));
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void layer_isPruned_andClustered(String type, Body layer) {
    for (Kind kind : Kind.values()) {
      GraphModel model = model(layer, kind);
      Optimized pruned =
          Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).build().apply(model);
      assertApplied(type, pruned);
      // Not trained: the gradients that TensorFlow has for Java do not know every layer.
      float[] kernel = kernel(afterOneUpdate(pruned).strip());
      long kept = (long) Math.rint(kernel.length / 2.0);
      assertEquals(kernel.length - kept, zeros(kernel), kind + ": " + Arrays.toString(kernel));

      Optimized clustered = Clustering.builder().clusters(CLUSTERS).build().apply(model);
      assertApplied(type, clustered);
      kernel = kernel(clustered.strip());
      long values = IntStream.range(0, kernel.length).mapToObj(at(kernel)).distinct().count();
      assertTrue(values <= CLUSTERS, kind + ": " + Arrays.toString(kernel));
    }
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

  private static IntFunction<Float> at(float[] values) {
    return i -> values[i];
  }

  private static float[] kernel(GraphModel model) {
    return TensorProtos.toFloats(model.variable("unknown/kernel").value());
  }

  private static int zeros(float[] values) {
    return (int) IntStream.range(0, values.length).filter(i -> values[i] == 0).count();
  }

  private static void assertApplied(String type, Optimized optimized) {
    List<Entry> applied = optimized.reports().get(0).applied();
    assertTrue(
        applied.stream().anyMatch(e -> e.operation().equals(LAYER) && e.type().equals(type)),
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
    assertApplied(
        "DepthwiseConv2dNative",
        Clustering.builder().clusters(3).depthwise().build().apply(model(body, Kind.RESOURCE)));
    assertApplied(
        "DepthwiseConv2dNative",
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0))
            .depthwise()
            .build()
            .apply(model(body, Kind.RESOURCE)));
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

  private static Arguments layer(String type, Body body) {
    return Arguments.of(type, body);
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
