package org.tfmot.officialmodels.vision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

class CifarResNetTest {

  private static final Normalization NORMALIZATION =
      new Normalization(new float[] {0.5f, 0.4f, 0.3f}, new float[] {0.2f, 0.25f, 0.5f});

  /**
   * By hand, for n blocks in a stage. Convolutions: stem 3*3*3*16 = 432; stage 1 2n*3*3*16*16;
   * stage 2 3*3*16*32 + (2n-1)*3*3*32*32 + shortcut 16*32; stage 3 3*3*32*64 + (2n-1)*3*3*64*64 +
   * shortcut 32*64. Batch norm scale and offset: 2*16*(2n+1) + 2*32*(2n+1) + 2*64*(2n+1). Dense:
   * 64*10 + 10. For n = 3: 270,256 + 1,568 + 650 = 272,474.
   */
  @ParameterizedTest
  @CsvSource({"8, 78042", "14, 175258", "20, 272474", "32, 466906"})
  void build_hasTheParametersOfThePaperWithProjectionShortcuts(int depth, long trainable) {
    GraphModel model = CifarResNet.build(depth, 10, NORMALIZATION, 1);
    int n = (depth - 2) / 6;
    assertEquals(trainable, count(model, Variable::trainable));
    // A moving mean and variance for every channel.
    assertEquals(2L * (16 + 32 + 64) * (2 * n + 1), count(model, v -> !v.trainable()));
    long convolutions =
        model.graphDef().getNodeList().stream().filter(n1 -> n1.getOp().equals("Conv2D")).count();
    assertEquals(6L * n + 1 + 2, convolutions);
  }

  @ParameterizedTest
  @ValueSource(ints = {-4, 0, 2, 7, 18, 21, 55})
  void build_depthNot6nPlus2_isRefused(int depth) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> CifarResNet.build(depth, 10, NORMALIZATION, 1));
    assertTrue(e.getMessage().contains("6n+2"), e.getMessage());
    assertTrue(e.getMessage().endsWith("not " + depth), e.getMessage());
  }

  @Test
  void run_answersWithALogitPerClass() {
    GraphModel model = CifarResNet.build(8, 7, NORMALIZATION, 1);
    assertTrue(model.isTraining());
    try (LiveModel live = model.toInference().open(Threads.ONE);
        TFloat32 image = TFloat32.tensorOf(Shape.of(3, 32, 32, 3));
        Result result = live.run(Map.of(CifarResNet.IMAGE, image))) {
      assertEquals(Shape.of(3, 7), result.get(0).shape());
    }
  }

  @Test
  void build_seed_decidesTheWeights() {
    GraphModel model = CifarResNet.build(8, 10, NORMALIZATION, 1);
    assertEquals(model.variables(), CifarResNet.build(8, 10, NORMALIZATION, 1).variables());
    assertNotEquals(model.variables(), CifarResNet.build(8, 10, NORMALIZATION, 2).variables());
  }

  @Test
  void build_convolutionWeights_haveTheDeviationOfHeEtAl() {
    GraphModel model = CifarResNet.build(20, 10, NORMALIZATION, 1);
    float[] kernel = TensorProtos.toFloats(model.variable("stage3/block2/conv1/kernel").value());
    double squares = 0;
    for (float weight : kernel) {
      squares += weight * weight;
    }
    double expected = Math.sqrt(2.0 / (3 * 3 * 64));
    // The deviation of the estimate is 0.37 % for 36,864 weights.
    assertEquals(expected, Math.sqrt(squares / kernel.length), 0.02 * expected);
  }

  @Test
  void normalization_isPartOfTheGraph() {
    // The mean image is 0 behind the normalization: with fresh offsets all logits are 0.
    GraphModel model = CifarResNet.build(8, 10, NORMALIZATION, 1).toInference();
    try (LiveModel live = model.open(Threads.ONE);
        TFloat32 image =
            TFloat32.tensorOf(
                Shape.of(1, 32, 32, 3),
                tensor ->
                    tensor
                        .scalars()
                        .forEachIndexed(
                            (at, pixel) ->
                                pixel.setFloat(new float[] {0.5f, 0.4f, 0.3f}[(int) at[3]])));
        Result result = live.run(Map.of(CifarResNet.IMAGE, image))) {
      TFloat32 logits = (TFloat32) result.get(0);
      logits.scalars().forEach(logit -> assertEquals(0f, logit.getFloat()));
    }
  }

  @Test
  void normalization_wrongValues_areRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new Normalization(new float[3], new float[2]));
    assertThrows(
        IllegalArgumentException.class, () -> new Normalization(new float[1], new float[] {0}));
  }

  private static long count(GraphModel model, Predicate<Variable> which) {
    return model.variables().values().stream()
        .filter(which)
        .mapToLong(variable -> variable.shape().size())
        .sum();
  }
}
