package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;

/** Calls of a function {@code f} of two floats to a float, and {@code g} of any type to itself. */
class FunctionCallsTest {

  private static final DataType FLOAT = DataType.DT_FLOAT;
  private static final DataType INT = DataType.DT_INT32;

  private static OpDef.ArgDef argument(String name, DataType type) {
    return OpDef.ArgDef.newBuilder().setName(name).setType(type).build();
  }

  private static FunctionDef f() {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    function
        .getSignatureBuilder()
        .setName("f")
        .addInputArg(argument("a", FLOAT))
        .addInputArg(argument("b", FLOAT))
        .addOutputArg(argument("r", FLOAT));
    return function
        .addNodeDef(NodeBuilder.op("AddV2", "sum").inputs("a", "b").attr("T", FLOAT).build())
        .putRet("r", "sum:z:0")
        .build();
  }

  private static FunctionDef g() {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    OpDef.ArgDef.Builder any = OpDef.ArgDef.newBuilder().setTypeAttr("T");
    function
        .getSignatureBuilder()
        .setName("g")
        .addInputArg(any.setName("a"))
        .addOutputArg(any.setName("r"))
        .addAttr(OpDef.AttrDef.newBuilder().setName("T").setType("type"));
    return function.putRet("r", "a").build();
  }

  private static AttrValue function(String name, DataType... type) {
    NameAttrList.Builder called = NameAttrList.newBuilder().setName(name);
    for (DataType each : type) {
      called.putAttr("T", AttrValue.newBuilder().setType(each).build());
    }
    return AttrValue.newBuilder().setFunc(called).build();
  }

  private static AttrValue functions(String... names) {
    AttrValue.Builder value = AttrValue.newBuilder();
    for (String name : names) {
      value.getListBuilder().addFunc(function(name).getFunc());
    }
    return value.build();
  }

  private static NodeBuilder node(String type, String... inputs) {
    return NodeBuilder.op(type, "call").inputs(inputs);
  }

  private static NodeBuilder call(
      String type, String attribute, AttrValue f, List<DataType> in, List<DataType> out) {
    boolean chosen = type.endsWith("Case") || type.endsWith("If");
    String[] inputs = new String[in.size() + (chosen ? 1 : 0)];
    inputs[0] = "i";
    for (int i = 0; i < in.size(); i++) {
      inputs[i + (chosen ? 1 : 0)] = in.get(i) == INT ? "i" : "x";
    }
    NodeBuilder call = node(type, inputs).attr(attribute, f).attr("Tin", in).attr("Tout", out);
    return type.endsWith("If") ? call.attr("Tcond", INT) : call;
  }

  private static NodeBuilder loop(String type, String cond, String body, DataType... types) {
    String[] inputs = new String[types.length];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = types[i] == INT ? "i" : "x";
    }
    return node(type, inputs)
        .attr("cond", function(cond, FLOAT))
        .attr("body", function(body, FLOAT))
        .attr("T", List.of(types));
  }

  private static GraphDef graph(NodeDef call) {
    GraphDef.Builder graph = GraphDef.newBuilder();
    for (String name : List.of("x", "i")) {
      graph.addNode(
          NodeBuilder.op("Placeholder", name)
              .attr("dtype", name.equals("x") ? FLOAT : INT)
              .attr("shape", Shape.scalar())
              .build());
    }
    graph.getLibraryBuilder().addFunction(f()).addFunction(g());
    return graph.addNode(call).build();
  }

  static Stream<Arguments> wrongCalls() {
    List<DataType> two = List.of(FLOAT, FLOAT);
    List<DataType> one = List.of(FLOAT);
    List<DataType> integer = List.of(INT);
    AttrValue f = function("f");
    AttrValue.ListValue.Builder shapes =
        AttrValue.ListValue.newBuilder().addShape(TensorShapeProto.getDefaultInstance());
    return Stream.of(
        Arguments.of(call("PartitionedCall", "f", function("ff"), two, one), "\"ff\""),
        Arguments.of(call("StatefulPartitionedCall", "f", function("ff"), two, one), "nearest"),
        Arguments.of(call("PartitionedCall", "f", f, one, one), "gives 1 inputs"),
        Arguments.of(call("PartitionedCall", "f", f, two, two), "takes 2 outputs"),
        Arguments.of(
            call("StatefulPartitionedCall", "f", f, List.of(FLOAT, INT), one),
            "gives DT_INT32 to the function \"f\" as input 1, which is DT_FLOAT"),
        Arguments.of(
            call("PartitionedCall", "f", f, two, integer),
            "takes DT_INT32 from the function \"f\" as output 0, which is DT_FLOAT"),
        Arguments.of(call("PartitionedCall", "f", function("g", INT), one, one), "\"g\""),
        Arguments.of(
            call("If", "then_branch", f, two, one).attr("else_branch", function("g", FLOAT)),
            "\"g\""),
        Arguments.of(
            call("StatelessIf", "then_branch", f, two, one).attr("else_branch", function("none")),
            "\"none\""),
        Arguments.of(call("Case", "branches", functions("f", "none"), two, one), "\"none\""),
        Arguments.of(
            call("StatelessCase", "branches", functions("f"), List.of(FLOAT, INT), one), "\"f\""),
        Arguments.of(loop("While", "g", "f", FLOAT, FLOAT), "takes 2 outputs"),
        Arguments.of(loop("StatelessWhile", "g", "none", FLOAT), "\"none\""),
        Arguments.of(loop("While", "none", "g", FLOAT), "\"none\""),
        Arguments.of(loop("While", "g", "g", INT), "gives DT_INT32"),
        Arguments.of(
            node("RemoteCall", "target", "x").attr("f", f).attr("Tin", one).attr("Tout", one),
            "gives 1 inputs"),
        Arguments.of(
            node("SymbolicGradient", "x", "x", "x", "x")
                .attr("f", f)
                .attr("Tin", List.of(FLOAT, FLOAT, FLOAT, FLOAT))
                .attr("Tout", two),
            "gives 4 inputs"),
        Arguments.of(
            node("For", "i", "i", "i", "x").attr("body", f).attr("T", one), "gives DT_INT32"),
        Arguments.of(
            node("MapDefun", "x")
                .attr("f", f)
                .attr("Targuments", one)
                .attr("output_types", one)
                .attr("output_shapes", AttrValue.newBuilder().setList(shapes).build()),
            "gives 1 inputs"));
  }

  @ParameterizedTest
  @MethodSource("wrongCalls")
  void callThatDoesNotFitItsFunction_isRefusedWithBothNames(NodeBuilder call, String word) {
    GraphDef graph = graph(call.build());
    NodeDef target = NodeBuilder.constant("target", TensorProtos.strings(List.of("/cpu:0")));
    GraphDef whole = graph.toBuilder().addNode(target).build();
    String message =
        assertThrows(IllegalArgumentException.class, () -> GraphCheck.verify(whole)).getMessage();
    assertTrue(message.contains("the node \"call\"") && message.contains(word), message);
  }

  static Stream<NodeBuilder> rightCalls() {
    List<DataType> two = List.of(FLOAT, FLOAT);
    List<DataType> one = List.of(FLOAT);
    return Stream.of(
        call("PartitionedCall", "f", function("f"), two, one),
        call("PartitionedCall", "f", function("g", INT), List.of(INT), List.of(INT)),
        call("Case", "branches", functions("f", "f"), two, one),
        call("If", "then_branch", function("f"), two, one).attr("else_branch", function("f")),
        loop("StatelessWhile", "g", "g", FLOAT),
        node("SymbolicGradient", "x", "x", "x")
            .attr("f", function("f"))
            .attr("Tin", List.of(FLOAT, FLOAT, FLOAT))
            .attr("Tout", two));
  }

  @ParameterizedTest
  @MethodSource("rightCalls")
  void callThatFitsItsFunction_passes(NodeBuilder call) {
    assertDoesNotThrow(() -> GraphCheck.verify(graph(call.build())));
  }

  @Test
  void functionWhoseNodeHasTheNameOfAnArgument_isRefused() {
    FunctionDef twice =
        f().toBuilder()
            .addNodeDef(NodeBuilder.op("Neg", "b").inputs("a").attr("T", FLOAT).build())
            .build();
    assertFunctionRefused(twice, "argument \"b\"");
  }

  @Test
  void functionWhoseResultIsOfAnotherType_isRefused() {
    FunctionDef.Builder other = f().toBuilder();
    other.getSignatureBuilder().setOutputArg(0, argument("r", INT));
    assertFunctionRefused(other.build(), "its output \"r\" is DT_INT32");
  }

  @Test
  void functionsWithinAttributesOfFunctions_areNoDeeperThanMessagesCanBe() {
    AttrValue value = function("g", FLOAT);
    for (int i = 0; i < 3000; i++) {
      NameAttrList.Builder outer = NameAttrList.newBuilder().setName("g").putAttr("T", value);
      value = AttrValue.newBuilder().setFunc(outer).build();
    }
    NodeDef call = call("PartitionedCall", "f", value, List.of(FLOAT), List.of(FLOAT)).build();
    String message =
        assertThrows(IllegalArgumentException.class, () -> GraphCheck.verify(graph(call)))
            .getMessage();
    assertTrue(message.contains("more than 25 deep"), message);
  }

  private static void assertFunctionRefused(FunctionDef function, String word) {
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.getLibraryBuilder().addFunction(function);
    String message =
        assertThrows(IllegalArgumentException.class, () -> GraphCheck.verify(graph.build()))
            .getMessage();
    assertTrue(message.contains("function \"f\"") && message.contains(word), message);
  }
}
