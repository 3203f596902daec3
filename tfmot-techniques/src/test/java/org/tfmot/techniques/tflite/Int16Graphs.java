package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.SampleGraph.Body;
import org.tfmot.techniques.tflite.SampleGraph.Layers;

/** Small graphs with 16-bit activations and 8-bit weights. */
final class Int16Graphs {

  static final int SIDE = 8;
  static final int BATCH = 4;
  static final float[] BIAS = {.5f, -.5f, .25f, 0, 1, -1, .125f, .75f};
  static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);
  static final List<Long> TWO = List.of(1L, 2L, 2L, 1L);

  private Int16Graphs() {}

  /**
   * An operation between two 16-bit ranges.
   *
   * @param range of the output
   */
  record Case(String operator, float range, Body body) {
    @Override
    public String toString() {
      return operator;
    }
  }

  static SampleGraph graph(float range, Body body) {
    return SampleGraph.of(
        SIDE, false, (l, image) -> wide(l, body.build(l, wide(l, image, 1)), range));
  }

  static Operand<TFloat32> wide(Layers l, Operand<TFloat32> x, float range) {
    return fakeQuant(l, x, range, 16);
  }

  static Operand<TFloat32> narrow(Layers l, Operand<TFloat32> x) {
    return fakeQuant(l, x, 1, 8);
  }

  static Operand<TFloat32> fakeQuant(Layers l, Operand<TFloat32> x, float range, long bits) {
    return l.tf.quantization.fakeQuantWithMinMaxVars(
        x,
        l.tf.constant(-range),
        l.tf.constant(range),
        FakeQuantWithMinMaxVars.numBits(bits),
        FakeQuantWithMinMaxVars.narrowRange(true));
  }

  static Operand<TFloat32> filter(Layers l, String name, long... shape) {
    return narrow(l, l.weights(name + "/weights", Shape.of(shape), 27));
  }

  static Operand<TFloat32> biased(Layers l, Operand<TFloat32> x) {
    Operand<TFloat32> y = l.tf.nn.conv2d(x, filter(l, "w", 3, 3, 3, 8), ONE, "SAME");
    return l.tf.nn.biasAdd(y, l.tf.constant(BIAS));
  }

  static Operand<TFloat32> flat(Layers l, Operand<TFloat32> x) {
    return l.tf.reshape(x, ints(l, -1, SIDE * SIDE * 3));
  }

  static Operand<TFloat32> padded(Layers l, Operand<TFloat32> x) {
    int[][] border = {{0, 0}, {1, 1}, {1, 1}, {0, 0}};
    return l.tf.pad(x, l.tf.constant(border), l.tf.constant(0f));
  }

  static Operand<TInt32> ints(Layers l, int... values) {
    return l.tf.constant(values);
  }

  /** The largest difference between the graph and the file, in steps of the output. */
  static double steps(SampleGraph graph, TfLiteModel model, float range) {
    float[] images = graph.images(BATCH, 3);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      float[] expected = graph.run(images, BATCH);
      return Values.distance(expected, interpreter.run(images, BATCH)) / (range / 32767);
    }
  }

  static void assertMentions(Exception e, String words) {
    assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
  }
}
