package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.KnownInts;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Loops, branches and calls that read variables are given their values. */
class LoopFreezingTest {

  private static final float[] SEQUENCE = {1, -2, 0.5f};

  private static void assertFrozen(GraphModel model, float expected) {
    assertEquals(expected, LoopModels.run(model, SEQUENCE), 1e-6f);
    GraphModel frozen = model.freeze();
    assertEquals(Map.of(), frozen.variables());
    assertEquals(expected, LoopModels.run(frozen, SEQUENCE), 1e-6f);
  }

  @Test
  void loopThatReadsVariables_isGivenTheirValues() {
    assertFrozen(LoopModels.recurrent(-1), LoopModels.expected(SEQUENCE));
    assertTrue(LoopModels.operations(LoopModels.recurrent(-1).freeze()).contains("While"));
  }

  @Test
  void variableThatIsAlsoReadOutside_isOneConstant() {
    GraphModel loop = LoopModels.recurrent(3);
    NodeDef read = LoopModels.read("outside", "w");
    GraphModel model =
        GraphModel.of(
            loop.graphDef().toBuilder()
                .addNode(read)
                .addNode(LoopModels.node("AddV2", "both", DataType.DT_FLOAT, "y", "outside"))
                .build(),
            Endpoints.builder().input("x", "x").output("y", "both").build(),
            loop.variables().values());
    assertFrozen(model, LoopModels.expected(SEQUENCE) + LoopModels.W);
    assertEquals(
        1,
        model.freeze().graphDef().getNodeList().stream()
            .filter(node -> node.getOp().equals("Const") && node.getName().equals("outside"))
            .count());
  }

  /** A function that multiplies by a variable in the function that it calls. */
  private static List<FunctionDef> nested(NodeDef... more) {
    List<DataType> types = List.of(DataType.DT_FLOAT, DataType.DT_RESOURCE);
    FunctionDef.Builder inner =
        LoopModels.function("inner", List.of("a", "v"), types)
            .addNodeDef(LoopModels.read("r", "v"))
            .addNodeDef(LoopModels.node("Mul", "m", DataType.DT_FLOAT, "a", "r:value:0"))
            .addAllNodeDef(List.of(more))
            .putRet("y", "m:z:0");
    FunctionDef.Builder outer =
        LoopModels.function("outer", List.of("a", "v"), types)
            .addNodeDef(LoopModels.node("Identity", "handle", DataType.DT_RESOURCE, "v"))
            .addNodeDef(call("again", "inner", "a", "handle:output:0"))
            .putRet("y", "again:output:0");
    for (FunctionDef.Builder each : List.of(inner, outer)) {
      each.getSignatureBuilder().addOutputArg(LoopModels.argument("y", DataType.DT_FLOAT));
    }
    for (NodeDef node : more) {
      inner.putControlRet(node.getName(), node.getName());
      inner.getSignatureBuilder().addControlOutput(node.getName());
    }
    return List.of(inner.build(), outer.build());
  }

  private static NodeDef call(String name, String function, String... inputs) {
    return NodeBuilder.op("StatefulPartitionedCall", name)
        .inputs(inputs)
        .attr("Tin", List.of(DataType.DT_FLOAT, DataType.DT_RESOURCE))
        .attr("Tout", List.of(DataType.DT_FLOAT))
        .attr("f", LoopModels.function(function))
        .build();
  }

  @Test
  void branchThatReadsAVariableInTheFunctionThatItCalls_isGivenItsValue() {
    for (boolean yes : new boolean[] {true, false}) {
      NodeDef branch =
          NodeBuilder.op("If", "if")
              .inputs("which", "first", "u")
              .attr("Tcond", DataType.DT_BOOL)
              .attr("Tin", List.of(DataType.DT_FLOAT, DataType.DT_RESOURCE))
              .attr("Tout", List.of(DataType.DT_FLOAT))
              .attr("then_branch", LoopModels.function("outer"))
              .attr("else_branch", LoopModels.function("inner"))
              .build();
      GraphModel model =
          LoopModels.model(
              nested(),
              LoopModels.graph(3)
                  .addNode(
                      NodeBuilder.constant(
                          "which", KnownInts.scalar(DataType.DT_BOOL, yes ? 1 : 0).toProto()))
                  .addNode(NodeBuilder.constant("axes", TensorProtos.ints(Shape.of(3), 0, 1, 2)))
                  .addNode(LoopModels.node("Sum", "first", DataType.DT_FLOAT, "x", "axes"))
                  .addNode(branch)
                  .addNode(LoopModels.node("Identity", "y", DataType.DT_FLOAT, "if")));
      assertFrozen(model, -0.5f * LoopModels.U);
    }
  }

  @Test
  void loopThatChangesAVariable_isRefusedByName() {
    GraphModel model = LoopModels.recurrent(3, LoopModels.assign("grow", "w", "s:z:0"));
    Exception e = assertThrows(IllegalArgumentException.class, model::freeze);
    assertEquals(
        "variable \"w\" cannot be frozen: \"grow\" (AssignAddVariableOp) in the function"
            + " \"rnn_body\" takes more than its value",
        e.getMessage());
  }

  @Test
  void functionThatIsNotThere_isRefusedByName() {
    GraphModel model = LoopModels.recurrent(3);
    NodeDef loop =
        model.graphDef().getNodeList().stream()
            .filter(node -> node.getOp().equals("While"))
            .findFirst()
            .orElseThrow();
    AttrValue nowhere = LoopModels.function("nowhere");
    FunctionFreezing freezing = new FunctionFreezing(model.graphDef());
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                freezing.freeze(
                    loop.toBuilder().putAttr("body", nowhere).build(),
                    Map.of(4, model.variable("w"))));
    assertTrue(String.valueOf(e.getMessage()).contains("\"nowhere\""), e.getMessage());
  }
}
