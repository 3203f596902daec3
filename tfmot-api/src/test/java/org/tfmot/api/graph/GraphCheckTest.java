package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
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
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

class GraphCheckTest {

  private static final NodeDef X =
      NodeBuilder.op("Placeholder", "x")
          .attr("dtype", DataType.DT_FLOAT)
          .attr("shape", Shape.of(-1, 4))
          .build();

  private static NodeDef op(String type, String name, String... inputs) {
    return NodeBuilder.op(type, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  private static NodeDef with(NodeDef node, String attribute, AttrValue value) {
    return node.toBuilder().putAttr(attribute, value).build();
  }

  private static AttrValue number(long value) {
    return AttrValue.newBuilder().setI(value).build();
  }

  private static NodeDef constant(TensorProto.Builder tensor, long... shape) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    for (long size : shape) {
      sizes.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return NodeBuilder.op("Const", "z")
        .attr("dtype", DataType.DT_FLOAT)
        .attr("value", tensor.setTensorShape(sizes).build())
        .build();
  }

  private static TensorProto.Builder floats() {
    return TensorProto.newBuilder().setDtype(DataType.DT_FLOAT);
  }

  private static long[] ones(int count) {
    return Collections.nCopies(count, 1L).stream().mapToLong(Long::longValue).toArray();
  }

  private static GraphDef graph(NodeDef... nodes) {
    return GraphDef.newBuilder().addNode(X).addAllNode(List.of(nodes)).build();
  }

  private static AttrValue text(String value) {
    return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)).build();
  }

  private static NodeDef convolution(String attribute, long... values) {
    return NodeBuilder.op("Conv2D", "z")
        .inputs("x", "x")
        .attr("T", DataType.DT_FLOAT)
        .attr("strides", List.of(1L, 1L, 1L, 1L))
        .attr("padding", "SAME")
        .attr(attribute, LongStream.of(values).boxed().toList())
        .build();
  }

  private static NodeDef einsum(String equation) {
    return op("Einsum", "z", "x", "x").toBuilder()
        .putAttr("N", number(2))
        .putAttr("equation", text(equation))
        .build();
  }

  private static void assertRefused(GraphDef graph, String... words) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> GraphCheck.verify(graph)).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  static Stream<Arguments> brokenNodes() {
    NodeDef sum = NodeBuilder.op("AddN", "z").attr("T", DataType.DT_FLOAT).inputs("x", "x").build();
    NodeDef split = op("Split", "z", "axis", "x");
    return Stream.of(
        Arguments.of(op("Relu", "x", "x"), "same name"),
        Arguments.of(op("Relu", "", "x"), "a name has letters"),
        Arguments.of(op("Relu", "a:b", "x"), "a name has letters"),
        Arguments.of(op("Relu", "z", "y"), "input \"y\" is not there"),
        Arguments.of(op("Relu", "z", "x:1"), "output 1 of \"x\" (Placeholder), which has 1"),
        Arguments.of(op("Relu", "z", "x:one"), "not the name of a tensor"),
        Arguments.of(op("Relu", "z"), "0 inputs, but Relu takes 1"),
        Arguments.of(op("Relu", "z", "x", "x"), "2 inputs, but Relu takes 1"),
        Arguments.of(op("Relu", "z", "^x", "x"), "behind control dependencies"),
        Arguments.of(op("Relu", "z", "x", "^nobody"), "\"^nobody\" is not there"),
        Arguments.of(op("Relu", "z", "z"), "needs its own output: \"z\""),
        Arguments.of(op("Relu", "z", "x", "^z"), "needs its own output: \"z\""),
        Arguments.of(NodeBuilder.op("Relu", "z").inputs("x").build(), "lacks the attribute \"T\""),
        Arguments.of(
            NodeBuilder.op("Relu", "z").inputs("x").attr("T", DataType.DT_STRING).build(),
            "\"T\" is not a valid type"),
        Arguments.of(
            NodeBuilder.op("Relu", "z").inputs("x").attr("T", DataType.DT_DOUBLE).build(),
            "is DT_FLOAT, not DT_DOUBLE"),
        Arguments.of(with(op("Relu", "z", "x"), "T", number(1)), "\"T\" is not a valid type: i: 1"),
        Arguments.of(
            with(op("Relu", "z", "x"), "T", AttrValue.newBuilder().setTypeValue(77).build()),
            "\"T\" is not a valid type"),
        Arguments.of(
            with(op("Relu", "z", "x"), "T", AttrValue.newBuilder().setPlaceholder("T").build()),
            "\"T\" is not a valid type"),
        Arguments.of(with(sum, "N", number(3)), "2 inputs, but AddN takes 3"),
        Arguments.of(with(sum, "N", number(0)), "\"N\" is not a valid int"),
        Arguments.of(with(split, "num_split", number(1L << 40)), "operands"),
        Arguments.of(convolution("strides", 1, 0, 0, 1), "[1, 0, 0, 1]; it has 4 numbers from 1"),
        Arguments.of(convolution("strides", 1, 1), "[1, 1]; it has 4 numbers"),
        Arguments.of(convolution("strides", 1, 1L << 40, 1, 1), "\"strides\""),
        Arguments.of(convolution("dilations", 1, -1, 1, 1), "\"dilations\""),
        Arguments.of(convolution("explicit_paddings", 0, 0, 1, 1), "with padding \"SAME\""),
        Arguments.of(
            with(convolution("explicit_paddings", 0, 0, 1, 1), "padding", text("EXPLICIT")),
            "it has 8 numbers"),
        Arguments.of(
            with(convolution("strides", 1, 1, 1, 1), "data_format", text("HWNC")),
            "\"data_format\" is not a valid string"),
        Arguments.of(
            NodeBuilder.op("MaxPool", "z")
                .inputs("x")
                .attr("ksize", List.of(1L, 0L, 2L, 1L))
                .attr("strides", List.of(1L, 1L, 1L, 1L))
                .attr("padding", "SAME")
                .build(),
            "\"ksize\""),
        Arguments.of(einsum("nonsense"), "2 terms of letters"),
        Arguments.of(einsum("ab->ab"), "2 terms of letters"),
        Arguments.of(einsum("a?,bc->abc"), "2 terms of letters"),
        Arguments.of(
            NodeBuilder.op("Placeholder", "z")
                .attr("dtype", DataType.DT_FLOAT)
                .attr("shape", Shape.of(-2, 4))
                .build(),
            "a dimension of size -2"),
        Arguments.of(
            NodeBuilder.op("Placeholder", "z")
                .attr("dtype", DataType.DT_FLOAT)
                .attr("shape", Shape.of(1L << 40, 1L << 40))
                .build(),
            "more than 2^63 elements"),
        Arguments.of(constant(floats().addFloatVal(1), ones(300)), "300 dimensions"),
        Arguments.of(constant(floats().addFloatVal(1), -8, 4), "a dimension of size -8"),
        Arguments.of(constant(floats().addFloatVal(1), 1 << 20, 1 << 20), "less than 2 GiB"),
        Arguments.of(constant(floats().addFloatVal(1), 1 << 14, 1 << 13), "only 1 values"),
        Arguments.of(
            constant(floats().setTensorContent(ByteString.copyFrom(new byte[8])), 8),
            "8 elements of DT_FLOAT, but 8 bytes"),
        Arguments.of(constant(floats().addFloatVal(1).addFloatVal(2)), "1 elements, but 2 values"),
        Arguments.of(
            constant(TensorProto.newBuilder().setDtype(DataType.DT_UINT32).addUint32Val(1)),
            "says that it is DT_FLOAT and holds DT_UINT32"),
        Arguments.of(constant(TensorProto.newBuilder()), "unknown type 0"),
        Arguments.of(constant(TensorProto.newBuilder().setDtypeValue(99)), "unknown type 99"));
  }

  @ParameterizedTest
  @MethodSource("brokenNodes")
  void whatIsWrongWithANode_isSaidWithItsName(NodeDef node, String word) {
    NodeDef axis = NodeBuilder.constant("axis", TensorProtos.scalar(0));
    assertRefused(graph(axis, node), "the node \"" + node.getName() + "\"", word);
  }

  @Test
  void whatOperationsAllow_passes() {
    NodeDef unknown = NodeBuilder.op("UsersOwn", "own").inputs("x", "x").build();
    assertDoesNotThrow(
        () ->
            GraphCheck.verify(
                graph(
                    unknown,
                    einsum("...ab, bc -> ...ac").toBuilder().setName("product").build(),
                    op("Relu", "a", "own:7", "^x"),
                    with(op("Relu", "later", "x"), "since_tomorrow", number(1)),
                    constant(floats(), 3),
                    constant(floats().addFloatVal(2), 3).toBuilder().setName("filled").build(),
                    op("Assign", "assigned", "v", "z"),
                    NodeBuilder.op("VariableV2", "v")
                        .attr("dtype", DataType.DT_FLOAT)
                        .attr("shape", Shape.of(3))
                        .build())));
  }

  @Test
  void aLoop_isNoCircle() {
    List<NodeDef> loop =
        List.of(
            NodeBuilder.op("Enter", "enter")
                .inputs("x")
                .attr("T", DataType.DT_FLOAT)
                .attr("frame_name", "loop")
                .build(),
            op("Merge", "merge", "enter", "next").toBuilder().putAttr("N", number(2)).build(),
            op("Relu", "body", "merge"),
            op("NextIteration", "next", "body"));
    assertDoesNotThrow(() -> GraphCheck.verify(graph(loop.toArray(NodeDef[]::new))));
    List<NodeDef> circle = new ArrayList<>(loop);
    circle.set(3, op("Relu", "next", "body"));
    assertRefused(graph(circle.toArray(NodeDef[]::new)), "\"merge\"", "\"body\"", "\"next\"");
  }

  private static NodeDef call(String name, String function, String input) {
    AttrValue.Builder f = AttrValue.newBuilder();
    return NodeBuilder.op("PartitionedCall", name)
        .inputs(input)
        .attr("f", f.setFunc(NameAttrList.newBuilder().setName(function)).build())
        .attr("Tin", List.of(DataType.DT_FLOAT))
        .attr("Tout", List.of(DataType.DT_FLOAT))
        .build();
  }

  private static FunctionDef function(String name, String result, NodeDef... body) {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    OpDef.ArgDef.Builder operand = OpDef.ArgDef.newBuilder().setType(DataType.DT_FLOAT);
    function
        .getSignatureBuilder()
        .setName(name)
        .addInputArg(operand.setName("a"))
        .addOutputArg(operand.setName("r"));
    return function.addAllNodeDef(List.of(body)).putRet("r", result).build();
  }

  private static GraphDef calling(String called, FunctionDef... functions) {
    GraphDef.Builder graph = graph(call("caller", called, "x")).toBuilder();
    graph.getLibraryBuilder().addAllFunction(List.of(functions));
    return graph.build();
  }

  static Stream<Arguments> brokenFunctions() {
    NodeDef body = op("Relu", "n", "a");
    FunctionDef plain = function("f", "n:activations:0", body);
    return Stream.of(
        Arguments.of(function("f", "c:output:0", call("c", "f", "a")), "f"),
        Arguments.of(function("f", "n:nothing:0", body), "n:nothing:0"),
        Arguments.of(function("f", "n:activations:1", body), "n:activations:1"),
        Arguments.of(function("f", "nobody:y:0", body), "nobody"),
        Arguments.of(function("f", "n:activations:0", body, body), "same name"),
        Arguments.of(function("f", "n:activations:0", op("Relu", "n", "b")), "\"b\" is not there"),
        Arguments.of(
            function("f", "n:activations:0", op("Relu", "n", "n:activations:0")), "own output"),
        Arguments.of(plain.toBuilder().clearRet().build(), "\"r\" has no result"),
        Arguments.of(plain.toBuilder().putControlRet("e", "effect").build(), "effect"),
        Arguments.of(
            plain.toBuilder()
                .setSignature(
                    plain.getSignature().toBuilder()
                        .addInputArg(
                            OpDef.ArgDef.newBuilder().setName("b").setType(DataType.DT_FLOAT)))
                .build(),
            "gives 1 inputs"));
  }

  @ParameterizedTest
  @MethodSource("brokenFunctions")
  void whatIsWrongWithAFunction_isSaidWithItsName(FunctionDef function, String word) {
    assertRefused(calling("f", function), "\"f\"", word);
  }

  @Test
  void functionsThatCallEachOther_areNamed() {
    assertRefused(
        calling(
            "a",
            function("a", "c:output:0", call("c", "b", "a")),
            function("b", "c:output:0", call("c", "a", "a"))),
        "a <- b",
        "recursion");
  }

  @Test
  void callsThatMultiply_areCounted() {
    List<FunctionDef> functions = new ArrayList<>();
    functions.add(function("f0", "n:activations:0", op("Relu", "n", "a")));
    for (int i = 1; i <= 30; i++) {
      NodeDef one = call("c", "f" + (i - 1), "a");
      functions.add(function("f" + i, "d:output:0", one, call("d", "f" + (i - 1), "c:output:0")));
    }
    assertDoesNotThrow(
        () ->
            GraphCheck.verify(calling("f9", functions.subList(0, 10).toArray(FunctionDef[]::new))));
    assertRefused(calling("f30", functions.toArray(FunctionDef[]::new)), "1,000,000", "\"f");
  }

  @Test
  void callsThatAreDeep_areCounted() {
    List<FunctionDef> functions = new ArrayList<>();
    functions.add(function("f0", "n:activations:0", op("Relu", "n", "a")));
    for (int i = 1; i < 300; i++) {
      functions.add(function("f" + i, "c:output:0", call("c", "f" + (i - 1), "a")));
    }
    assertRefused(calling("f299", functions.toArray(FunctionDef[]::new)), "300 deep", "\"f299\"");
  }

  @Test
  void outputsThatAreOnlyNumbers_areCountedWithoutRoomForThem() {
    NodeDef[] nodes = new NodeDef[1001];
    nodes[0] = NodeBuilder.constant("axis", TensorProtos.scalar(0));
    for (int i = 1; i < nodes.length; i++) {
      nodes[i] = with(op("Split", "n" + i, "axis", "x"), "num_split", number(1_000_000));
    }
    assertRefused(graph(nodes), "1,000,000,00", "outputs together", "4,000,000");
  }

  @Test
  void longestChain_goesThroughCalls() {
    NodeDef[] nodes = new NodeDef[5];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = op("Relu", "n" + i, i == 0 ? "a" : "n" + (i - 1) + ":activations:0");
    }
    FunctionDef five = function("five", "n4:activations:0", nodes);
    FunctionDef twice =
        function("twice", "d:output:0", call("c", "five", "a"), call("d", "five", "c:output:0"));
    int alone = GraphCheck.longestChain(calling("five", five));
    assertEquals(alone + 7, GraphCheck.longestChain(calling("twice", five, twice)));
  }

  @Test
  void aLongChain_isWalkedWithoutRecursion() {
    NodeDef[] nodes = new NodeDef[100_000];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = op("Relu", "n" + i, i == 0 ? "x" : "n" + (i - 1));
    }
    assertEquals(nodes.length + 1, GraphCheck.longestChain(graph(nodes)));
    nodes[0] = op("Relu", "n0", "n99999");
    assertRefused(graph(nodes), "needs its own output");
  }

  /** TensorFlow waits for it without end. */
  @Test
  void aLoopThatNothingEnters_isRefused() {
    assertRefused(
        graph(
            with(op("Merge", "m", "x", "next"), "N", number(2)), op("NextIteration", "next", "m")),
        "\"m\"",
        "\"next\", the end of a loop's step (NextIteration)");
  }

  /** TensorFlow's converter ended the JVM. */
  @Test
  void endOfALoopsStep_isReadByItsMergeOnly() {
    assertRefused(
        graph(op("NextIteration", "next", "x"), op("Identity", "y", "next")),
        "\"y\" (Identity)",
        "\"next\", the end of a loop's step (NextIteration)",
        "an Enter");
    assertRefused(
        graph(
            op("NextIteration", "next", "x"), with(op("Merge", "m", "x", "next"), "N", number(2))),
        "\"m\" (Merge)",
        "an Enter");
  }
}
