package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NodeBuilder;

/** Loops of a known number of steps become their steps. */
class LoopUnrollingTest {

  private static final float[] SEQUENCE = {1, -2, 0.5f};

  private static List<String> names(GraphModel model) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getName).toList();
  }

  @Test
  void loopOverThreeSteps_isTheirOperations_whichShareTheWeights() {
    GraphModel unrolled = LoopModels.recurrent(3).unrollLoops(3);
    assertEquals(LoopModels.expected(SEQUENCE), LoopModels.run(unrolled, SEQUENCE), 1e-6f);
    List<String> operations = LoopModels.operations(unrolled);
    assertEquals(2, operations.stream().filter("ReadVariableOp"::equals).count());
    assertEquals(5, operations.stream().filter("MatMul"::equals).count());
    assertTrue(operations.stream().noneMatch(op -> op.contains("List") || op.equals("While")));
    assertTrue(names(unrolled).containsAll(List.of("rnn/rw", "rnn/0/a", "rnn/2/h1")));
    assertEquals(0, unrolled.graphDef().getLibrary().getFunctionCount());
    assertTrue(unrolled.variable("w").trainable());
    assertEquals(Map.of(), unrolled.loops());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 17, 1000})
  void loop_isUnrolledForEachNumberOfSteps(int steps) {
    float[] sequence = new float[steps];
    for (int i = 0; i < steps; i++) {
      sequence[i] = (float) Math.sin(i);
    }
    GraphModel unrolled = LoopModels.recurrent(steps).unrollLoops(1024);
    assertEquals(LoopModels.expected(sequence), LoopModels.run(unrolled, sequence), 1e-5f);
  }

  @Test
  void openNumberOfSteps_namesTheLoopAndTheInput_andIsFixedByAShape() {
    GraphModel open = LoopModels.recurrent(-1);
    Exception e = assertThrows(IllegalArgumentException.class, () -> open.unrollLoops(10));
    assertEquals(
        "the loop \"rnn\" cannot be unrolled: its number of steps is open: fix the shape of the"
            + " model's input \"x\" [-1, 1, 1] with withInputShape",
        e.getMessage());
    assertEquals(List.of("rnn"), List.copyOf(open.loops().keySet()));
    GraphModel fixed = open.withInputShape("x", Shape.of(3, -1, 1));
    assertFalse(LoopModels.operations(fixed).contains("While"));
    assertEquals(LoopModels.expected(SEQUENCE), LoopModels.run(fixed, SEQUENCE), 1e-6f);
  }

  @Test
  void shapeThatDoesNotFit_isRefused() {
    GraphModel model = LoopModels.recurrent(3);
    for (Shape shape : List.of(Shape.of(4, 1, 1), Shape.of(3, 1), Shape.unknown())) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> model.withInputShape("x", shape));
      assertTrue(String.valueOf(e.getMessage()).contains("[3, 1, 1]"), e.getMessage());
    }
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> model.withInputShape("z", Shape.of(3, 1, 1)));
    assertEquals("the model has no input \"z\"; it has [x]", e.getMessage());
  }

  @Test
  void moreStepsThanAllowed_areRefusedWithTheNumber() {
    GraphModel model = LoopModels.recurrent(11);
    Exception e = assertThrows(IllegalArgumentException.class, () -> model.unrollLoops(10));
    assertTrue(String.valueOf(e.getMessage()).contains("more than 10 steps"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> model.unrollLoops(0));
  }

  @Test
  void loopWhoseBodyCallsALargeFunction_staysWithTheNumber() {
    FunctionDef.Builder large =
        LoopModels.function("large", List.of("a"), List.of(DataType.DT_FLOAT));
    large.getSignatureBuilder().addOutputArg(LoopModels.argument("r", DataType.DT_FLOAT));
    for (int i = 0; i < 1000; i++) {
      String input = i == 0 ? "a" : "n" + (i - 1) + ":y:0";
      large.addNodeDef(LoopModels.node("Neg", "n" + i, DataType.DT_FLOAT, input));
    }
    large.putRet("r", "n999:y:0");
    NodeDef call =
        NodeBuilder.op("PartitionedCall", "call")
            .inputs("s:z:0")
            .attr("Tin", List.of(DataType.DT_FLOAT))
            .attr("Tout", List.of(DataType.DT_FLOAT))
            .attr("f", LoopModels.function("large"))
            .build();
    GraphModel few = calling(LoopModels.recurrent(3), call, large.build());
    assertEquals(
        LoopModels.expected(SEQUENCE), LoopModels.run(few.unrollLoops(3), SEQUENCE), 1e-6f);
    GraphModel many = calling(LoopModels.recurrent(1000), call, large.build());
    Exception e = assertThrows(IllegalArgumentException.class, () -> many.unrollLoops(1000));
    assertTrue(
        String.valueOf(e.getMessage())
            .contains("1,000 steps of 1,010 operations are more than the 500,000"),
        e.getMessage());
  }

  /** A model whose loop calls a function in each step. */
  private static GraphModel calling(GraphModel model, NodeDef call, FunctionDef function) {
    GraphDef.Builder graph = model.graphDef().toBuilder();
    graph.getLibraryBuilder().addFunction(function);
    graph.getLibraryBuilder().getFunctionBuilderList().stream()
        .filter(body -> body.getSignature().getName().equals("rnn_body"))
        .forEach(body -> body.addNodeDef(call));
    return GraphModel.of(graph.build(), model.endpoints(), model.variables().values());
  }

  @Test
  void numbersInMessages_areTheSameInEveryLocale() {
    GraphModel model = LoopModels.recurrent(2001);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      Exception e = assertThrows(IllegalArgumentException.class, () -> model.unrollLoops(2000));
      assertTrue(String.valueOf(e.getMessage()).contains("more than 2,000 steps"), e.getMessage());
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void loopThatComputesInHalfPrecision_isNotPassedOverInSilence() {
    NodeDef half =
        NodeBuilder.op("Cast", "half")
            .inputs("s:z:0")
            .attr("SrcT", DataType.DT_FLOAT)
            .attr("DstT", DataType.DT_HALF)
            .build();
    GraphModel open = LoopModels.recurrent(-1, half);
    Exception e = assertThrows(IllegalArgumentException.class, open::toFloat32);
    assertTrue(
        String.valueOf(e.getMessage()).contains("half precision inside functions"), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains("\"rnn_body\""), e.getMessage());
  }

  @Test
  void loopThatChangesAVariable_stays() {
    GraphModel model = LoopModels.recurrent(3, LoopModels.assign("grow", "w", "s:z:0"));
    Exception e = assertThrows(IllegalArgumentException.class, () -> model.unrollLoops(10));
    assertTrue(
        String.valueOf(e.getMessage()).contains("\"grow\" (AssignAddVariableOp)"), e.getMessage());
    assertSame(model, LoopUnrolling.unroll(model, 10).model());
  }

  @Test
  void randomNumbers_areDrawnInEachStep_butNotWithASeed() {
    for (long seed : new long[] {0, 3}) {
      NodeDef random =
          NodeBuilder.op("RandomUniform", "random")
              .inputs("shape:output:0")
              .attr("T", DataType.DT_INT32)
              .attr("dtype", DataType.DT_FLOAT)
              .attr("seed", seed)
              .build();
      GraphModel model = LoopModels.recurrent(3, random);
      assertEquals(seed == 0, model.loops().isEmpty());
    }
  }

  @Test
  void modelWithoutLoops_isTheSame() {
    GraphModel model = TestModels.dense(Variable.Kind.RESOURCE);
    assertSame(model, model.unrollLoops(1));
    assertEquals(Map.of(), model.loops());
  }
}
