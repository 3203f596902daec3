package org.tfmot.api.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;

class GatherAxesTest {

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  @SuppressWarnings("unchecked") // All tensors here are floats.
  void gradientAlongTheLastDimension_countsHowOftenAnElementIsRead(int axis) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 3)));
              VarHandleOp table =
                  tf.withName("table")
                      .varHandleOp(TFloat32.class, Shape.of(3), VarHandleOp.sharedName("table"));
              Ops init = tf.withInitScope();
              init.assignVariableOp(table, init.constant(new float[] {1, 2, 3}));
              Operand<TFloat32> scaled = tf.math.mul(x, tf.readVariableOp(table, TFloat32.class));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.gather(scaled, tf.array(1, 0, 1), tf.constant(axis)))
                  .build();
            });
    try (LiveModel live = model.open();
        TFloat32 x =
            TFloat32.tensorOf(Shape.of(2, 3), DataBuffers.of(1f, 10f, 100f, 2f, 20f, 200f))) {
      Ops tf = live.ops();
      Output<TFloat32> y = (Output<TFloat32>) live.output("y");
      Operand<TFloat32> sum = tf.sum(y, tf.array(0, 1));
      Output<?>[] gradient =
          live.graph().addGradients(sum.asOutput(), new Output<?>[] {live.read("table")});
      try (Result results = live.runner(Map.of("x", x)).fetch(y).fetch(gradient[0]).run()) {
        assertArrayEquals(
            new float[] {20, 1, 20, 40, 2, 40},
            TensorProtos.toFloats(TensorProtos.of(results.get(0))));
        assertArrayEquals(
            new float[] {3, 60, 0}, TensorProtos.toFloats(TensorProtos.of(results.get(1))));
      }
    }
  }
}
