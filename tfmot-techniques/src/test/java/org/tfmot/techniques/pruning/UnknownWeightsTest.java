package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
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
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Weights that pruning leaves alone are named; each layer here is one, before a dense layer. */
class UnknownWeightsTest {

  private static final String UNKNOWN = "pruning does not know operations of this type";

  static List<Arguments> layers() {
    List<Arguments> all = new ArrayList<>();
    all.add(
        layer(
            "Conv3D",
            (layers, x) -> {
              Operand<TFloat32> volume = layers.tf().reshape(x, layers.tf().array(-1, 1, 2, 2, 1));
              Operand<TFloat32> w = weight(layers, 1, 1, 1, 1, 1);
              return at(layers).nn.conv3d(volume, w, List.of(1L, 1L, 1L, 1L, 1L), "SAME");
            }));
    all.add(
        layer(
            "Conv2DBackpropInput",
            (layers, x) -> {
              Operand<TFloat32> image = layers.tf().reshape(x, layers.tf().array(1, 2, 2, 1));
              Operand<TInt32> size = layers.tf().array(1, 2, 2, 1);
              Operand<TFloat32> w = weight(layers, 1, 1, 1, 1);
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
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void layerOfAnotherType_isNamed(String type, Body layer) {
    assertNamed(layer, Kind.RESOURCE, type);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void weightReadInAnotherWay_isNamed(Kind kind) {
    Body body =
        (layers, x) ->
            at(layers).gather(weight(layers, 4, 4), index(layers, x), layers.tf().constant(0));
    assertNamed(body, kind, "GatherV2");
  }

  @Test
  void weightBehindItsHandle_isNamed() {
    Body body =
        (layers, x) -> {
          Operand<?> handle = ((GraphOperation) weight(layers, 4, 4).op()).input(0);
          return at(layers).resourceGather(handle, index(layers, x), TFloat32.class);
        };
    assertNamed(body, Kind.RESOURCE, "ResourceGather");
  }

  private static void assertNamed(Body body, Kind kind, String type) {
    GraphModel model =
        TestLayers.model(
            kind,
            Shape.of(-1, 4),
            (layers, x) -> {
              Operand<TFloat32> y = body.build(layers, x);
              Operand<TFloat32> flat = layers.tf().reshape(y, layers.tf().array(-1, 4));
              return layers.matMul("dense", flat, 3);
            });
    TreeMap<String, Entry> skipped = new TreeMap<>();
    Pruning.builder()
        .schedule(ConstantSparsity.of(0.5, 0))
        .build()
        .apply(model)
        .reports()
        .get(0)
        .skipped()
        .forEach(entry -> skipped.put(entry.operation(), entry));
    assertEquals(new Entry("unknown/layer", type, UNKNOWN), skipped.get("unknown/layer"));
    assertEquals(1, skipped.size(), skipped.toString());
  }

  private static Arguments layer(String type, Body body) {
    return Arguments.of(type, body);
  }

  private static Ops at(TestLayers layers) {
    return layers.at("unknown", "layer");
  }

  private static Operand<TFloat32> weight(TestLayers layers, long... sizes) {
    Shape shape = Shape.of(sizes);
    return layers.weight("unknown", "kernel", shape, new float[(int) shape.size()]);
  }

  private static Operand<TInt32> index(TestLayers layers, Operand<TFloat32> x) {
    return layers.tf().dtypes.cast(layers.tf().math.sign(x), TInt32.class);
  }
}
