package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.TestModels.Made;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class VariableReadsTest {

  private static final Shape PAIR = Shape.of(2);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void read_variableReadSeveralTimes_hasTheWholeGradient(Kind kind) {
    // y = w * w^2, written with three reads: dy/dw = 3 w^2.
    GraphModel model =
        GraphModel.build(
            tf -> {
              Made w = TestModels.variable(tf, kind, "w", PAIR, 2, -3);
              Operand<TFloat32> square = tf.math.mul(w.readAgain(tf), w.readAgain(tf));
              return Endpoints.builder().output("y", tf.math.mul(w.read(), square)).build();
            });
    assertArrayEquals(new float[] {12, 27}, gradient(model), 1e-5f);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void build_readsThatAreEndpoints_keepTheirNames(Kind kind) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Made w = TestModels.variable(tf, kind, "w", PAIR, 2, -3);
              Operand<TFloat32> again = w.readAgain(tf.withName("again"));
              return Endpoints.builder()
                  .output("y", tf.math.square(again))
                  .output("w", w.read())
                  .output("again", again)
                  .build();
            });
    assertEquals("again:0", model.outputs().get("again"));
    assertEquals("w_read:0", model.outputs().get("w"));
    assertArrayEquals(new float[] {4, -6}, gradient(model), 1e-5f);
    try (LiveModel live = model.open();
        Result result = live.run(Map.of())) {
      assertArrayEquals(new float[] {2, -3}, TensorProtos.toFloats(TensorProtos.of(result.get(2))));
    }
  }

  @Test
  void build_readBeforeAndAfterAWrite_staysTwoReads() {
    GraphModel model = writeBetween("y", "z");
    assertEquals(2, Collections.frequency(TestModels.ops(model), "ReadVariableOp"));
    try (LiveModel live = model.open();
        Result result = live.run(Map.of())) {
      assertArrayEquals(new float[] {3, -2}, TensorProtos.toFloats(TensorProtos.of(result.get(1))));
    }
  }

  @Test
  void read_severalReadsInOrder_isRefusedAndNamesThem() {
    try (LiveModel live = writeBetween("y", "z").open()) {
      var error = assertThrows(IllegalArgumentException.class, () -> live.read("w"));
      assertTrue(
          error.getMessage().contains("\"w\" is read by [w_read, after]"), error.getMessage());
    }
  }

  @Test
  void read_onlyTheLaterReadIsSeen_isThatOne() {
    // The first read serves an update alone, so no gradient passes there.
    GraphModel model =
        GraphModel.build(
            tf -> {
              Made w = TestModels.variable(tf, Kind.RESOURCE, "w", PAIR, 2, -3);
              Made average = TestModels.variable(tf, Kind.RESOURCE, "average", PAIR, 0, 0);
              Op update = average.assign(tf, w.read());
              Operand<TFloat32> x = tf.constant(1f);
              Operand<TFloat32> after =
                  w.readAgain(tf.withName("after").withControlDependencies(List.of(x)));
              return Endpoints.builder().output("y", tf.math.square(after)).update(update).build();
            });
    assertArrayEquals(new float[] {4, -6}, gradient(model), 1e-5f);
    try (LiveModel live = model.open()) {
      assertEquals("after", live.read("w").op().name());
    }
  }

  @Test
  void value_runsNothingThatAReadWaitsFor() {
    GraphModel model = writeBetween("z");
    try (LiveModel live = model.open()) {
      assertArrayEquals(new float[] {2, -3}, TensorProtos.toFloats(live.value("w")));
      assertEquals(model.variables(), live.snapshot().variables());
      assertEquals(model.variables(), live.snapshot().variables());
      assertEquals("after", live.read("w").op().name());
    }
  }

  /** {@code y} is read before 1 is added, {@code z} after. */
  private static GraphModel writeBetween(String... outputs) {
    return GraphModel.build(
        tf -> {
          Made w = TestModels.variable(tf, Kind.RESOURCE, "w", PAIR, 2, -3);
          Operand<TFloat32> before = tf.withName("y").identity(w.read());
          Op write =
              w.assignSub(
                  tf.withControlDependencies(List.of(before)), tf.constant(new float[] {-1, -1}));
          Operand<TFloat32> after =
              w.readAgain(tf.withName("after").withControlDependencies(List.of(write)));
          tf.withName("z").identity(after);
          Endpoints.Builder endpoints = Endpoints.builder();
          for (String output : outputs) {
            endpoints.output(output, output);
          }
          return endpoints.build();
        });
  }

  private static float[] gradient(GraphModel model) {
    try (LiveModel live = model.open()) {
      Output<?> y = live.output("y");
      Output<?>[] dy = live.graph().addGradients(y, new Output<?>[] {live.read("w")});
      try (Result result = live.session().runner().fetch(dy[0]).run()) {
        return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
    }
  }
}
