package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Branches and loops that make tensors of different shapes are followed by what reads them. */
class BranchShapesTest {

  private static final Shape SHAPE = Shape.of(4, 6);

  /** A branch of 2 or of 4 rows, a part of which is added to the other. */
  @Test
  void rowsThatABranchChooses_areSplitAndAdded() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            SHAPE,
            (layers, x) -> {
              Ops tf = layers.tf();
              try (ConcreteFunction some = function(4, (ops, in) -> rows(ops, in, 2));
                  ConcreteFunction all = function(4, (ops, in) -> rows(ops, in, 4))) {
                Operand<TFloat32> rows =
                    tf.statelessIf(
                            tf.math.greater(tf.sum(x, tf.array(0, 1)), tf.constant(0f)),
                            List.of(x),
                            List.of(TFloat32.class),
                            some,
                            all)
                        .op()
                        .output(0);
                List<? extends Operand<TFloat32>> parts =
                    tf.split(tf.constant(1), rows, 2L).output();
                return tf.math.add(parts.get(0), parts.get(1));
              }
            });
    TfLiteModel file = TfLiteConverter.of(model).convert();
    assertTrue(file.operators().stream().anyMatch(operator -> operator.name().equals("IF")));
    float[] ones = new float[24];
    Arrays.fill(ones, 1);
    float[] negative = new float[24];
    Arrays.fill(negative, -1);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2}, interpreter.run(ones, 4));
      float[] all = interpreter.run(negative, 4);
      assertArrayEquals(new float[] {-2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2, -2}, all);
    }
  }

  private static Operand<TFloat32> rows(Ops tf, Operand<TFloat32> x, int count) {
    return tf.slice(x, tf.array(0, 0), tf.array(count, 6));
  }

  private static ConcreteFunction function(
      int rows, BiFunction<Ops, Operand<TFloat32>, Operand<?>> body) {
    return ConcreteFunction.create(
        tf -> {
          Operand<TFloat32> in =
              tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(rows, 6)));
          return Signature.builder("step").input("x", in).output("y", body.apply(tf, in)).build();
        });
  }
}
