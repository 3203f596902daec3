package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tfmot.techniques.tflite.Int16Graphs.biased;
import static org.tfmot.techniques.tflite.Int16Graphs.graph;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** How many threads the runtime's own kernels get beside XNNPACK's. */
@EnabledOnOs(OS.LINUX)
class KernelThreadsTest {

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
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TInt32> count =
                  tf.withName("count").placeholder(TInt32.class, Placeholder.shape(Shape.of(1)));
              return Endpoints.builder()
                  .input("count", count)
                  .output("y", tf.fill(count, tf.constant(2f)))
                  .inference()
                  .build();
            });
    try (NativeInterpreter runtime =
        NativeInterpreter.open(TfLiteConverter.of(model).convert(), 3)) {
      assertEquals(3, runtime.kernelThreads());
    }
  }
}
