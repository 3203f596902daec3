package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef.ArgDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Calls of functions become their bodies, and the model answers as before. */
class FunctionInliningTest {

  private static final Endpoints ENDS =
      Endpoints.builder().input("x", "x").output("y", "call:0").build();

  private static NodeDef op(String type, String name, String... inputs) {
    NodeBuilder node = NodeBuilder.op(type, name).inputs(inputs);
    return type.equals("ReadVariableOp") || type.startsWith("Assign")
        ? node.attr("dtype", DataType.DT_FLOAT).build()
        : node.attr("T", DataType.DT_FLOAT).build();
  }

  private static NodeDef one(String name) {
    return NodeBuilder.constant(name, TensorProtos.scalar(1f));
  }

  private static NodeDef bool(String name, boolean value) {
    TensorProto proto =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_BOOL)
            .addBoolVal(value)
            .setTensorShape(TensorProtos.shapeProto(Shape.scalar()))
            .build();
    return NodeBuilder.constant(name, proto);
  }

  private static NodeDef variable(String name) {
    return NodeBuilder.op("VarHandleOp", name)
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", Shape.scalar())
        .attr("shared_name", name)
        .build();
  }

  private static NodeDef call(String name, String function, String... inputs) {
    NodeDef.Builder call =
        NodeBuilder.op("StatefulPartitionedCall", name).inputs(inputs).build().toBuilder();
    AttrValue.ListValue.Builder types = AttrValue.ListValue.newBuilder();
    for (String input : inputs) {
      if (!input.startsWith("^")) {
        types.addType(input.equals("v") ? DataType.DT_RESOURCE : DataType.DT_FLOAT);
      }
    }
    AttrValue.ListValue result =
        AttrValue.ListValue.newBuilder().addType(DataType.DT_FLOAT).build();
    return call.putAttr("Tin", AttrValue.newBuilder().setList(types).build())
        .putAttr("Tout", AttrValue.newBuilder().setList(result).build())
        .putAttr(
            "f",
            AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(function)).build())
        .build();
  }

  /** A function of a number, and of a variable if it has two arguments. */
  private static FunctionDef function(
      String name, int arguments, String result, List<String> effects, NodeDef... nodes) {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    function.getSignatureBuilder().setName(name).addInputArg(argument("a", DataType.DT_FLOAT));
    if (arguments == 2) {
      function.getSignatureBuilder().addInputArg(argument("v", DataType.DT_RESOURCE));
    }
    function.getSignatureBuilder().addOutputArg(argument("r", DataType.DT_FLOAT));
    for (String effect : effects) {
      function.getSignatureBuilder().addControlOutput(effect).setIsStateful(true);
      function.putControlRet(effect, effect);
    }
    return function.addAllNodeDef(Arrays.asList(nodes)).putRet("r", result).build();
  }

  /** Answers with the variable's value. */
  private static FunctionDef reading() {
    return function("read", 2, "r:value:0", List.of("r"), op("ReadVariableOp", "r", "v"));
  }

  /** Hands its number through and adds 1 to the variable. */
  private static FunctionDef counting() {
    return function(
        "count",
        2,
        "a",
        List.of("assign"),
        one("one"),
        op("AssignAddVariableOp", "assign", "v", "one:output:0"));
  }

  /** Adds 1, if that is its result. */
  private static FunctionDef increment(String result) {
    return function(
        "inc", 1, result, List.of(), one("one"), op("AddV2", "add", "a", "one:output:0"));
  }

  private static ArgDef argument(String name, DataType type) {
    return ArgDef.newBuilder().setName(name).setType(type).build();
  }

  private static GraphModel model(List<FunctionDef> functions, NodeDef... nodes) {
    GraphDef.Builder graph =
        GraphDef.newBuilder().setLibrary(FunctionDefLibrary.newBuilder().addAllFunction(functions));
    graph
        .addNode(
            NodeBuilder.op("Placeholder", "x")
                .attr("dtype", DataType.DT_FLOAT)
                .attr("shape", Shape.scalar())
                .build())
        .addNode(variable("v"))
        .addAllNode(Arrays.asList(nodes));
    List<Variable> variables =
        List.of(new Variable("v", Kind.RESOURCE, true, TensorProtos.scalar(10f)));
    return GraphModel.of(graph.build(), ENDS, variables);
  }

  /** The output at 2, and the variable's value afterwards. */
  private static float[] run(GraphModel model) {
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.scalarOf(2);
        Result result = live.run(Map.of("x", x))) {
      float y = TensorProtos.toFloats(TensorProtos.of(result.get(0)))[0];
      return model.variables().isEmpty()
          ? new float[] {y}
          : new float[] {y, TensorProtos.toFloats(live.value("v"))[0]};
    }
  }

  private static List<String> names(GraphModel model) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getName).toList();
  }

  private static GraphModel inlined(GraphModel model) {
    GraphModel inlined = FunctionInlining.inline(model, ENDS);
    assertArrayEquals(run(model), run(inlined));
    return inlined;
  }

  @Test
  void nestedCall_isTheInnermostBody_underItsOwnNames() {
    FunctionDef inner =
        function(
            "inner",
            2,
            "dense/Mul:z:0",
            List.of("dense/ReadVariableOp"),
            op("ReadVariableOp", "dense/ReadVariableOp", "v"),
            op("Mul", "dense/Mul", "a", "dense/ReadVariableOp:value:0"));
    FunctionDef outer =
        function("outer", 2, "c:output:0", List.of("c"), call("c", "inner", "a", "v"));
    GraphModel inlined = inlined(model(List.of(inner, outer), call("call", "outer", "x", "v")));
    assertEquals(List.of("x", "v", "dense/ReadVariableOp", "dense/Mul"), names(inlined));
    assertEquals(Map.of("y", "dense/Mul:0"), inlined.outputs());
    assertEquals(0, inlined.graphDef().getLibrary().getFunctionCount());
    assertTrue(inlined.variable("v").trainable());
  }

  @Test
  void functionCalledTwice_hasNodesOfItsOwnForEachCall() {
    GraphModel inlined =
        inlined(
            model(
                List.of(increment("add:z:0")),
                call("first", "inc", "x"),
                op("Mul", "twice", "first", "first"),
                call("call", "inc", "twice")));
    assertEquals(
        Set.of("x", "twice", "one", "add", "call/one", "call/add"), Set.copyOf(names(inlined)));
    assertArrayEquals(new float[] {10}, run(inlined));
  }

  @Test
  void whatAFunctionHasToDoBesides_isDoneBeforeItsResult() {
    GraphModel inlined = inlined(model(List.of(counting()), call("call", "count", "x", "v")));
    assertArrayEquals(new float[] {2, 11}, run(inlined));
  }

  @Test
  void callThatWaits_hasABodyThatWaits() {
    GraphModel inlined =
        inlined(
            model(
                List.of(reading()),
                op("AssignVariableOp", "assign", "v", "x"),
                call("call", "read", "x", "v", "^assign")));
    assertArrayEquals(new float[] {2, 2}, run(inlined));
  }

  @Test
  void whoeverWaitsForACall_waitsForWhatItDoes() {
    GraphModel inlined =
        inlined(
            model(
                List.of(counting()),
                call("first", "count", "x", "v"),
                op("ReadVariableOp", "read", "v", "^first"),
                op("Identity", "call", "read")));
    assertArrayEquals(new float[] {11, 11}, run(inlined));
  }

  @Test
  void whatIsReadBeforeItIsChanged_isReadBefore() {
    FunctionDef reading =
        function(
            "before",
            2,
            "read:value:0",
            List.of("assign"),
            op("ReadVariableOp", "read", "v"),
            one("one"),
            op("AssignAddVariableOp", "assign", "v", "one:output:0", "^read"));
    GraphModel inlined = inlined(model(List.of(reading), call("call", "before", "x", "v")));
    assertTrue(new GraphEditor(inlined.graphDef()).node("assign").getInputList().contains("^read"));
    assertArrayEquals(new float[] {10, 11}, run(inlined));
  }

  @Test
  void whatIsHandedThrough_waitsForWhatTheCallWaitsFor() {
    FunctionDef through = function("through", 1, "a", List.of());
    GraphModel inlined =
        inlined(
            model(
                List.of(through),
                op("AssignVariableOp", "assign", "v", "x"),
                call("call", "through", "x", "^assign")));
    assertArrayEquals(new float[] {2, 2}, run(inlined));
  }

  @Test
  void callOfWhatComesAfterAChange_readsWhatWasWritten() {
    GraphModel inlined =
        inlined(
            model(
                List.of(reading()),
                op("AssignVariableOp", "assign", "v", "x"),
                op("Identity", "after", "x", "^assign"),
                call("call", "read", "after", "v")));
    assertTrue(new GraphEditor(inlined.graphDef()).node("r").getInputList().contains("^after"));
    assertArrayEquals(new float[] {2, 2}, run(inlined));
  }

  @Test
  void callThatChangesWhatItIsGiven_comesAfterIt() {
    GraphModel inlined =
        inlined(
            model(
                List.of(counting()),
                op("ReadVariableOp", "read", "v"),
                call("call", "count", "read", "v")));
    assertTrue(new GraphEditor(inlined.graphDef()).node("one").getInputList().contains("^read"));
    assertArrayEquals(new float[] {10, 11}, run(inlined));
  }

  @Test
  void callInABranchOfTensorFlow1_stays() {
    FunctionDef seven =
        function(
            "seven",
            1,
            "s:output:0",
            List.of(),
            NodeBuilder.constant("s", TensorProtos.scalar(7f)));
    GraphModel kept =
        inlined(
            model(
                List.of(seven),
                op("Less", "no", "x", "x"),
                op("Switch", "switch", "x", "no"),
                op("Identity", "pivot", "switch:1"),
                call("taken", "seven", "switch:1", "^pivot"),
                NodeBuilder.op("Merge", "call")
                    .inputs("switch", "taken")
                    .attr("T", DataType.DT_FLOAT)
                    .attr("N", 2)
                    .build()));
    assertArrayEquals(new float[] {2}, run(kept));
    assertTrue(names(kept).contains("taken"));
  }

  @Test
  void bodyWithTheControlFlowOfTensorFlow1_stays() {
    FunctionDef branching =
        function(
            "branch",
            1,
            "merge:output:0",
            List.of(),
            bool("yes", true),
            op("Switch", "switch", "a", "yes:output:0"),
            op("Neg", "neg", "switch:output_true:0"),
            NodeBuilder.op("Merge", "merge")
                .inputs("switch:output_false:0", "neg:y:0")
                .attr("T", DataType.DT_FLOAT)
                .attr("N", 2)
                .build());
    GraphModel kept = inlined(model(List.of(branching), call("call", "branch", "x")));
    assertEquals(List.of("x", "call"), names(kept));
  }

  @Test
  void functionsThatNobodyNamesAnyMore_areGone() {
    FunctionDef used = function("used", 1, "n:y:0", List.of(), op("Neg", "n", "a"));
    FunctionDef deep = function("deep", 1, "c:output:0", List.of(), call("c", "used", "a"));
    FunctionDef kept = generic("f");
    GraphModel left =
        FunctionInlining.inline(
            model(
                List.of(used, deep, kept), call("first", "deep", "x"), call("call", "f", "first")),
            ENDS);
    assertEquals(
        List.of("f"),
        left.graphDef().getLibrary().getFunctionList().stream()
            .map(function -> function.getSignature().getName())
            .toList());
  }

  @Test
  void callWhoseOutputIsFed_isNotPartOfTheModel() {
    FunctionDef negative = function("neg", 1, "n:y:0", List.of(), op("Neg", "n", "a"));
    Endpoints fed = Endpoints.builder().input("z", "first").output("y", "call:0").build();
    GraphModel model =
        model(List.of(negative), call("first", "neg", "x"), call("call", "neg", "first"));
    GraphModel inlined =
        FunctionInlining.inline(
            GraphModel.of(model.graphDef(), fed, model.variables().values()), fed);
    assertEquals(List.of("first", "n"), names(inlined));
  }

  @Test
  void outputOfSeveral_isFoundByItsName() {
    FunctionDef place =
        function(
            "place",
            1,
            "sum:output:0",
            List.of(),
            NodeBuilder.constant("k", TensorProtos.scalar(1)),
            NodeBuilder.constant("some", TensorProtos.floats(Shape.of(3), 1, 7, 2)),
            op("TopKV2", "found", "some:output:0", "k:output:0"),
            NodeBuilder.op("Cast", "cast")
                .inputs("found:indices:0")
                .attr("SrcT", DataType.DT_INT32)
                .attr("DstT", DataType.DT_FLOAT)
                .build(),
            NodeBuilder.constant("axis", TensorProtos.scalar(0)),
            op("Sum", "sum", "cast:y:0", "axis:output:0"));
    assertEquals(1, run(inlined(model(List.of(place), call("call", "place", "x"))))[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere:output:0", "add:no_output:0"})
  void resultThatIsNotThere_isRefused(String result) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> model(List.of(increment(result)), call("call", "inc", "x")));
    assertTrue(e.getMessage().contains("\"inc\"") && e.getMessage().contains(result));
  }

  @Test
  void whatTheCallFillsIn_stays() {
    GraphModel kept =
        FunctionInlining.inline(model(List.of(generic("g")), call("call", "g", "x")), ENDS);
    assertEquals(List.of("x", "call"), names(kept));
  }

  /** A negation of a type that the call would fill in. */
  private static FunctionDef generic(String name) {
    NodeDef filledIn =
        op("Neg", "n", "a").toBuilder()
            .putAttr("T", AttrValue.newBuilder().setPlaceholder("T").build())
            .build();
    return function(name, 1, "n:y:0", List.of(), filledIn);
  }

  @Test
  void modelWithoutCalls_isTheSame() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    assertSame(model, FunctionInlining.inline(model, model.endpoints()));
  }
}
