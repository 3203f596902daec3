package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;

/** Keras's recurrent models, from Python's SavedModel on. */
class RecurrentModelsTest {

  record Case(String name, KerasRecurrent model, int steps, int width, int words) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Style style : Style.values()) {
      for (KerasCell cell : KerasCell.values()) {
        for (boolean backwards : new boolean[] {false, true}) {
          cases.add(
              of(
                  style + " " + cell + (backwards ? " backwards" : ""),
                  style,
                  0,
                  new Layer(cell, 6, false, false, backwards)));
        }
        cases.add(
            of(style + " sequence of " + cell, style, 0, new Layer(cell, 6, false, true, true)));
        cases.add(
            of(
                style + " bidirectional stack of " + cell,
                style,
                0,
                new Layer(cell, 5, true, true, false),
                new Layer(cell, 4, true, false, false)));
        cases.add(
            of(
                style + " masked words in " + cell,
                style,
                11,
                new Layer(cell, 5, true, true, false),
                new Layer(cell, 4, false, false, false)));
      }
    }
    return cases;
  }

  private static Case of(String name, Style style, int words, Layer... layers) {
    return new Case(
        name,
        new KerasRecurrent(style, 7, 3, words, words > 0, List.of(layers), 4),
        7,
        words > 0 ? 1 : 3,
        words);
  }

  private static Tensor input(Case each, int batch, List<float[]> sequences) {
    Random random = new Random(5);
    float[] values = new float[batch * each.steps * each.width];
    int[] words = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      words[i] = i % each.steps == 0 ? 1 : random.nextInt(Math.max(1, each.words));
      values[i] = each.words > 0 ? words[i] : (float) random.nextGaussian();
    }
    for (int b = 0; b < batch; b++) {
      sequences.add(
          Arrays.copyOfRange(
              values, b * each.steps * each.width, (b + 1) * each.steps * each.width));
    }
    return each.words > 0
        ? TInt32.tensorOf(Shape.of(batch, each.steps), DataBuffers.of(words))
        : TFloat32.tensorOf(Shape.of(batch, each.steps, each.width), DataBuffers.of(values));
  }

  private static float[] run(GraphModel model, Tensor input) {
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("image", input))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void loadedModel_hasNoLoops_andComputesTheCellsEquations(Case each) {
    List<float[]> sequences = new ArrayList<>();
    try (Tensor input = input(each, 3, sequences)) {
      GraphModel traced = each.model.traced();
      GraphModel loaded = each.model.load();
      float[] expected = new float[0];
      for (float[] sequence : sequences) {
        double[] one = each.model.expected(sequence);
        int from = expected.length;
        expected = Arrays.copyOf(expected, from + one.length);
        for (int i = 0; i < one.length; i++) {
          expected[from + i] = (float) one[i];
        }
      }
      assertArrayEquals(expected, run(traced, input), 1e-5f);
      assertArrayEquals(expected, run(loaded, input), 1e-5f);
      assertEquals(Map.of(), loaded.loops());
      assertEquals(0, loaded.graphDef().getLibrary().getFunctionCount());
      loaded
          .graphDef()
          .getNodeList()
          .forEach(node -> assertFalse(node.getOp().startsWith("TensorList"), node.getName()));
    }
  }
}
