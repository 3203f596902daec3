package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tfmot.techniques.tflite.Int16Graphs.biased;
import static org.tfmot.techniques.tflite.Int16Graphs.graph;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** The threads that XNNPACK's kernels and the runtime's own use of those that are allowed. */
@EnabledOnOs(OS.LINUX)
class ThreadChoiceTest {

  @Test
  void operationsBetweenThoseOfXnnPack_runOnOneThread_withTheSameResults() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 3)));
              Operand<TFloat32> sum = tf.math.add(x, tf.constant(new float[] {1, 2, 3}));
              Operand<TFloat32> swapped =
                  tf.gather(sum, tf.constant(new int[] {2, 0, 1}), tf.constant(1));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.math.mul(swapped, tf.constant(2f)))
                  .inference()
                  .build();
            });
    TfLiteModel file = TfLiteConverter.of(model).convert();
    try (NativeInterpreter runtime = NativeInterpreter.open(file, 2);
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(file, 2)) {
      assertEquals(List.of("GATHER"), runtime.undelegatedOperators());
      assertEquals(1, runtime.kernelThreads());
      assertEquals(2, interpreter.threads());
      assertArrayEquals(new float[] {12, 4, 8}, interpreter.run(new float[] {1, 2, 3}, 1));
      assertEquals(2, interpreter.profile(0, 1).threads());
    }
  }

  @Test
  void convolutionsThatXnnPackLeaves_keepTheirThreads() {
    TfLiteModel file =
        graph(4, (l, x) -> l.tf.nn.relu(biased(l, x))).converter().int16x8().convert();
    try (NativeInterpreter runtime = NativeInterpreter.open(file, 2)) {
      assertEquals(2, runtime.kernelThreads());
    }
  }

  @Test
  void modelThatXnnPackRefuses_keepsItsThreads() {
    try (NativeInterpreter runtime =
        NativeInterpreter.open(TfLiteConverter.of(filled()).convert(), 3)) {
      assertEquals(3, runtime.kernelThreads());
    }
  }

  @Test
  void layersThatXnnPackLeaves_areNoReasonToWakeItsThreads() {
    TfLiteModel file = volumes(16);
    try (NativeInterpreter runtime = NativeInterpreter.open(file, 2)) {
      assertEquals(List.of("CONV_3D"), runtime.undelegatedOperators());
      assertEquals(1, runtime.delegateKernels());
      assertEquals(1, runtime.delegateThreads());
      assertEquals(2, runtime.kernelThreads());
    }
  }

  @Test
  void shortRun_usesOneThread() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(layers(64), 2)) {
      assertEquals(2, interpreter.threads());
      assertEquals(1, interpreter.delegateThreads());
    }
  }

  @Test
  void longRun_usesAllThreads() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(layers(1024), 2)) {
      assertEquals(2, interpreter.delegateThreads());
      assertEquals(2, interpreter.profile(0, 1).threads());
    }
  }

  @Test
  void oneThread_staysOne() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(layers(1024), 1)) {
      assertEquals(1, interpreter.delegateThreads());
    }
  }

  @Test
  void batchThatIsWorthThreads_getsThem_andKeepsThem_withTheSameResults() {
    TfLiteModel file = layers(64);
    float[] example = new float[64];
    for (int i = 0; i < example.length; i++) {
      example[i] = (i % 7) / 7f;
    }
    int batch = 2000;
    float[] examples = new float[64 * batch];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(example, 0, examples, 64 * i, 64);
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file, 2)) {
      float[] expected = interpreter.run(example, 1);
      float[] many = interpreter.run(examples, batch);
      assertEquals(2, interpreter.delegateThreads());
      for (int i = 0; i < batch; i++) {
        assertArrayEquals(expected, Arrays.copyOfRange(many, 64 * i, 64 * (i + 1)), 1e-5f);
      }
      assertArrayEquals(expected, interpreter.run(example, 1), 1e-5f);
      assertEquals(2, interpreter.delegateThreads());
    }
  }

  @Test
  void modelThatXnnPackRefuses_usesNoneOfItsThreads() {
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(filled()).convert(), 3)) {
      assertEquals(0, interpreter.delegateThreads());
    }
  }

  /** Three fully connected layers of one width. */
  private static TfLiteModel layers(int width) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
              Operand<TFloat32> y = x;
              for (int i = 0; i < 3; i++) {
                float[] weights = new float[width * width];
                for (int k = 0; k < weights.length; k++) {
                  weights[k] = ((k * 31 + i) % 13 - 6) / (float) width;
                }
                y =
                    tf.nn.relu(
                        tf.linalg.matMul(
                            y, tf.constant(Shape.of(width, width), DataBuffers.of(weights))));
              }
              return Endpoints.builder().input("x", x).output("y", y).inference().build();
            });
    return TfLiteConverter.of(model).convert();
  }

  /** A convolution of 113 million multiply-adds, and a sum. */
  private static TfLiteModel volumes(int size) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x")
                      .placeholder(
                          TFloat32.class, Placeholder.shape(Shape.of(1, size, size, size, 32)));
              Operand<TFloat32> filter =
                  tf.fill(tf.constant(new int[] {3, 3, 3, 32, 32}), tf.constant(0.01f));
              Operand<TFloat32> y = tf.nn.conv3d(x, filter, List.of(1L, 1L, 1L, 1L, 1L), "SAME");
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.math.add(y, tf.constant(1f)))
                  .inference()
                  .build();
            });
    return TfLiteConverter.of(model).convert();
  }

  /** A model whose result has a shape that an input gives. */
  private static GraphModel filled() {
    return GraphModel.build(
        tf -> {
          Operand<TInt32> count =
              tf.withName("count").placeholder(TInt32.class, Placeholder.shape(Shape.of(1)));
          return Endpoints.builder()
              .input("count", count)
              .output("y", tf.fill(count, tf.constant(2f)))
              .inference()
              .build();
        });
  }
}
