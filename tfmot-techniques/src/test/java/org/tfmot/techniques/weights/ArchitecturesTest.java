package org.tfmot.techniques.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.Pruning.Builder;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.Values;

/**
 * How many weights of known architectures are found. Layer by layer as published, but narrow: the
 * widths do not matter.
 */
class ArchitecturesTest {

  private static final Shape IMAGE = Shape.of(-1, 32, 32, 3);

  @Test
  @DisplayName("vector 15: ResNet50 has 54 prunable weights")
  void resNet50_has54() {
    assertEquals(54, pruned(Pruning.builder(), resNet50()));
  }

  @Test
  @DisplayName("vector 15: MobileNetV2 has 53 prunable weights, of which 17 are depthwise")
  void mobileNetV2_has53_ofWhichDepthwiseHaveToBeAskedFor() {
    GraphModel model = mobileNetV2();
    assertEquals(53, pruned(Pruning.builder().depthwise(), model));
    assertEquals(36, pruned(Pruning.builder(), model));
  }

  private static int pruned(Builder pruning, GraphModel model) {
    return pruning.oneShot(0.5).apply(model).reports().get(0).applied().size();
  }

  /** He et al. (2015), table 1. */
  private static GraphModel resNet50() {
    int[] blocks = {3, 4, 6, 3};
    return TestLayers.model(
        Kind.RESOURCE,
        IMAGE,
        (layers, image) -> {
          Operand<TFloat32> x = layers.relu("stem", layers.convNorm("stem", image, 2, 7));
          for (int stage = 0; stage < blocks.length; stage++) {
            for (int block = 0; block < blocks[stage]; block++) {
              x = bottleneck(layers, "stage" + stage + "block" + block, x, stage + 2, block == 0);
            }
          }
          return logits(layers, x);
        });
  }

  private static Operand<TFloat32> bottleneck(
      TestLayers layers, String name, Operand<TFloat32> x, int width, boolean projected) {
    int wide = 4 * width;
    Operand<TFloat32> shortcut = projected ? layers.convNorm(name + "shortcut", x, wide, 1) : x;
    Operand<TFloat32> y = layers.relu(name + "a", layers.convNorm(name + "a", x, width, 1));
    y = layers.relu(name + "b", layers.convNorm(name + "b", y, width, 3));
    y = layers.convNorm(name + "c", y, wide, 1);
    return layers.relu(name, layers.at(name, "add").math.add(y, shortcut));
  }

  /** Sandler et al. (2018), table 2: the repetitions of each row, all but the first expanded. */
  private static GraphModel mobileNetV2() {
    int[] repetitions = {1, 2, 3, 4, 3, 3, 1};
    return TestLayers.model(
        Kind.RESOURCE,
        IMAGE,
        (layers, image) -> {
          Operand<TFloat32> x = layers.convNorm("stem", image, 2, 3);
          for (int row = 0; row < repetitions.length; row++) {
            for (int i = 0; i < repetitions[row]; i++) {
              x = inverted(layers, "row" + row + "block" + i, x, row + 2, row > 0, i > 0);
            }
          }
          return logits(layers, layers.convNorm("last", x, 9, 1));
        });
  }

  private static Operand<TFloat32> inverted(
      TestLayers layers,
      String name,
      Operand<TFloat32> x,
      int width,
      boolean expanded,
      boolean residual) {
    Operand<TFloat32> y = x;
    int channels = (int) x.shape().get(3);
    if (expanded) {
      channels *= 6;
      String expand = name + "expand";
      y = layers.at(expand, "relu6").nn.relu6(layers.convNorm(expand, y, channels, 1));
    }
    y = layers.batchNorm(name + "depthwise", depthwise(layers, name + "depthwise", y, channels));
    y = layers.at(name, "relu6").nn.relu6(y);
    y = layers.convNorm(name + "project", y, width, 1);
    return residual ? layers.at(name, "add").math.add(x, y) : y;
  }

  private static Operand<TFloat32> depthwise(
      TestLayers layers, String name, Operand<TFloat32> x, int channels) {
    float[] values = Values.of(9 * channels, i -> i % 7 - 3);
    Operand<TFloat32> kernel = layers.weight(name, "kernel", Shape.of(3, 3, channels, 1), values);
    return layers
        .at(name, "DepthwiseConv2d")
        .nn
        .depthwiseConv2dNative(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
  }

  private static Operand<TFloat32> logits(TestLayers layers, Operand<TFloat32> x) {
    x = layers.at("mean", "Mean").math.mean(x, layers.tf().array(1, 2));
    return layers.biasAdd("logits", layers.matMul("logits", x, 10));
  }
}
