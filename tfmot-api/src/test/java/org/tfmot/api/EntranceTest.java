package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** What others built is checked before anything, TensorFlow included, works on it. */
class EntranceTest {

  @TempDir private Path folder;

  private static NodeDef op(String type, String name, String... inputs) {
    return NodeBuilder.op(type, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  private static NodeDef input() {
    return NodeBuilder.op("Placeholder", "x")
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", Shape.of(2, 4))
        .build();
  }

  private static NodeDef handle(String name, String sharedName) {
    return NodeBuilder.op("VarHandleOp", name)
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", Shape.of(4))
        .attr("shared_name", sharedName)
        .build();
  }

  private static NodeDef read(String name, String handle) {
    return NodeBuilder.op("ReadVariableOp", name)
        .inputs(handle)
        .attr("dtype", DataType.DT_FLOAT)
        .build();
  }

  private static GraphModel model(List<String> variables, NodeDef... nodes) {
    return GraphModel.of(
        GraphDef.newBuilder().addNode(input()).addAllNode(List.of(nodes)).build(),
        Endpoints.builder().input("x", "x").output("y", "y").build(),
        variables.stream()
            .map(
                name ->
                    new Variable(
                        name,
                        Kind.RESOURCE,
                        true,
                        TensorProtos.floats(Shape.of(4), 1, 2, 3, variables.size())))
            .toList());
  }

  private static void assertRefused(Executable action, String... words) {
    String message = assertThrows(IllegalArgumentException.class, action).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }

  @Test
  void twoNodesOfOneName_areRefused() {
    assertRefused(
        () ->
            model(
                List.of(),
                NodeBuilder.constant("z", TensorProtos.scalar(1f)),
                NodeBuilder.constant("z", TensorProtos.scalar(5f)),
                op("Mul", "y", "x", "z")),
        "\"z\"",
        "same name");
  }

  @Test
  void nodesThatReadEachOther_areRefused() {
    assertRefused(
        () ->
            model(
                    List.of(),
                    op("Identity", "i", "j"),
                    op("Identity", "j", "i"),
                    op("Mul", "y", "x", "i"))
                .toInference(),
        "\"i\"",
        "\"j\"");
    assertRefused(
        () -> model(List.of(), read("loop", "loop"), op("Mul", "y", "x", "loop")), "\"loop\"");
  }

  @Test
  void twoHandlesOfOneVariable_areRefused() {
    assertRefused(
        () ->
            model(
                List.of("w", "w2"),
                handle("w", "w"),
                handle("w2", "w"),
                read("r", "w"),
                read("r2", "w2"),
                op("AddN", "y", "r", "r2").toBuilder()
                    .putAttr("N", AttrValue.newBuilder().setI(2).build())
                    .build()),
        "\"w\"",
        "\"w2\"",
        "same shared name");
  }

  @Test
  void aVariable_isKnownByBothNames() {
    GraphModel model =
        model(
            List.of("kernel_node"),
            handle("kernel_node", "stem/kernel"),
            read("r", "kernel_node"),
            op("Mul", "y", "x", "r"));
    assertEquals("kernel_node", model.variable("stem/kernel").name());
    TensorProto value = TensorProtos.floats(Shape.of(4), 4, 3, 2, 1);
    GraphModel changed = model.withValues(Map.of("stem/kernel", value));
    assertEquals(value, changed.variable("kernel_node").value());
    try (LiveModel live = model.open()) {
      live.assign("stem/kernel", value);
      assertArrayEquals(
          TensorProtos.toFloats(value), TensorProtos.toFloats(live.value("stem/kernel")));
      assertEquals(live.read("kernel_node"), live.read("stem/kernel"));
    }
    assertRefused(() -> model.variable("kernel_nod"), "the nearest is \"kernel_node\"");
    assertRefused(() -> new ModelEditor(model).variable("k"), "\"kernel_node\"");
  }

  private void rewrite(Consumer<MetaGraphDef.Builder> change) throws IOException {
    TestModels.dense(Kind.RESOURCE).save(folder.resolve("saved"));
    Path file = folder.resolve("saved/saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }

  private void assertLoadRefused(String... words) {
    assertRefused(() -> GraphModel.load(folder.resolve("saved")), words);
  }

  @Test
  void aModelWithoutASignature_isToldWhatToDo() throws IOException {
    rewrite(MetaGraphDef.Builder::clearSignatureDef);
    assertLoadRefused("no signature", "export it with one", "GraphModel.of");
  }

  @Test
  void aFunctionThatCallsItself_doesNotReachTensorFlow() throws IOException {
    OpDef.ArgDef.Builder operand = OpDef.ArgDef.newBuilder().setType(DataType.DT_FLOAT);
    FunctionDef.Builder function = FunctionDef.newBuilder();
    function
        .getSignatureBuilder()
        .setName("again")
        .addInputArg(operand.setName("a"))
        .addOutputArg(operand.setName("r"));
    function.addNodeDef(call("c", "a")).putRet("r", "c:output:0");
    rewrite(graph -> graph.getGraphDefBuilder().getLibraryBuilder().addFunction(function));
    assertLoadRefused("\"again\"", "recursion");
  }

  private static NodeDef call(String name, String input) {
    NameAttrList.Builder function = NameAttrList.newBuilder().setName("again");
    return NodeBuilder.op("PartitionedCall", name)
        .inputs(input)
        .attr("f", AttrValue.newBuilder().setFunc(function).build())
        .attr("Tin", List.of(DataType.DT_FLOAT))
        .attr("Tout", List.of(DataType.DT_FLOAT))
        .build();
  }

  @Test
  void aConstantOfTooManyDimensions_doesNotReachTensorFlow() throws IOException {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < 300; i++) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(1));
    }
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(shape)
            .addFloatVal(1)
            .build();
    rewrite(graph -> graph.getGraphDefBuilder().addNode(NodeBuilder.constant("z", value)));
    assertLoadRefused("\"z\"", "300 dimensions", "254");
  }

  @Test
  void aShapeThatAnOperationDoesNotTake_doesNotReachItsKernel() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(NodeBuilder.op("Placeholder", "x").attr("dtype", DataType.DT_FLOAT).build())
            .addNode(NodeBuilder.constant("w", TensorProtos.floats(Shape.of(1, 1, 1, 1), 2)))
            .addNode(
                op("Conv2D", "y", "x", "w").toBuilder()
                    .putAttr("strides", longs(1, 1, 1, 1))
                    .putAttr(
                        "padding",
                        AttrValue.newBuilder().setS(ByteString.copyFromUtf8("SAME")).build()))
            .build();
    Endpoints endpoints = Endpoints.builder().input("x", "x").output("y", "y").build();
    try (LiveModel live = GraphModel.of(graph, endpoints, List.of()).open();
        TFloat32 scalar = TFloat32.scalarOf(1);
        TFloat32 image = TFloat32.tensorOf(Shape.of(1, 1, 1, 1), x -> x.setFloat(3, 0, 0, 0, 0));
        Result result = live.run(Map.of("x", image))) {
      assertEquals(6, ((TFloat32) result.get(0)).getFloat(0, 0, 0, 0));
      assertRefused(() -> live.run(Map.of("x", scalar)), "does not take", "rank 4");
    }
  }

  private static AttrValue longs(long... values) {
    AttrValue.ListValue.Builder list = AttrValue.ListValue.newBuilder();
    for (long value : values) {
      list.addI(value);
    }
    return AttrValue.newBuilder().setList(list).build();
  }

  @Test
  void aValueThatIsNoTensor_isRefusedByTheVariablesName() {
    TensorProto half =
        TensorProtos.floats(Shape.of(2), 1, 2).toBuilder()
            .setTensorShape(TensorProtos.shapeProto(Shape.of(4)))
            .build();
    assertRefused(() -> new Variable("w", Kind.RESOURCE, true, half), "\"w\"", "8 bytes");
    assertRefused(() -> TensorProtos.toFloats(half), "8 bytes");
  }
}
