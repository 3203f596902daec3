package org.tfmot.techniques.quantization;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.Values;

/** Weights that are moved to where the inputs say are quantized as weights. */
@EnabledOnOs(OS.LINUX)
class MovedConstantsTest {

  private static final Shape SEQUENCES = Shape.of(2, 6, 4);

  static Stream<Arguments> cases() {
    return Stream.of(
            example(
                "positions of each example",
                (layers, x) ->
                    layers
                        .tf()
                        .math
                        .add(x, layers.tf().broadcastTo(positions(layers, 6), shape(layers, x)))),
            example(
                "the first positions",
                (layers, x) ->
                    layers
                        .tf()
                        .math
                        .add(
                            x,
                            layers
                                .tf()
                                .slice(
                                    positions(layers, 9),
                                    layers.tf().constant(new int[] {0, 0}),
                                    layers
                                        .tf()
                                        .slice(
                                            shape(layers, x),
                                            layers.tf().constant(new int[] {1}),
                                            layers.tf().constant(new int[] {2}))))),
            example(
                "a token for each example",
                (layers, x) -> {
                  Ops tf = layers.tf();
                  Operand<TInt32> batch =
                      tf.slice(
                          shape(layers, x), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
                  Operand<TInt32> times =
                      tf.concat(List.of(batch, tf.constant(new int[] {1, 1})), tf.constant(0));
                  Operand<TFloat32> token =
                      layers.weight("t", "token", Shape.of(1, 1, 4), .5f, -.4f, .3f, .9f);
                  return tf.concat(List.of(tf.tile(token, times), x), tf.constant(1));
                }))
        .flatMap(each -> Stream.of(Way.values()).map(way -> Arguments.of(each, way)));
  }

  private record Example(String name, Body body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Example example(String name, Body body) {
    return new Example(name, body);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void file_isAsSimulated(Example example, Way way) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, SEQUENCES, example.body());
    float[] values = Values.of(48, i -> Math.sin(i));
    try (TFloat32 image = TFloat32.tensorOf(SEQUENCES, DataBuffers.of(values))) {
      IntegerModels.assertAgree(way.apply(model, image), image, values, 1, 0.05);
    }
  }

  private static Operand<TFloat32> positions(TestLayers layers, int count) {
    return layers.weight(
        "p", "positions", Shape.of(count, 4), Values.of(4 * count, i -> Math.cos(3 * i)));
  }

  private static Operand<TInt32> shape(TestLayers layers, Operand<TFloat32> x) {
    return layers.tf().shape(x);
  }
}
