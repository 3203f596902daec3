package org.tfmot.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef.ArgDef;
import org.tensorflow.proto.VersionDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * A recurrent layer as a loop over a list whose body reads the variables that it captures: {@code h
 * = tanh(x_t * w + h * u)}, from 0 on, with an input "x" {@code [steps, 1, 1]} and an output "y".
 */
public final class LoopModels {

  static final float W = 0.5f;
  static final float U = 0.25f;

  private static final DataType FLOAT = DataType.DT_FLOAT;
  private static final DataType INT = DataType.DT_INT32;

  private LoopModels() {}

  /** The layer over as many steps as the input has. */
  static GraphModel recurrent(long steps) {
    return recurrent(steps, new NodeDef[0]);
  }

  /** The same with more operations in the loop's body. */
  static GraphModel recurrent(long steps, NodeDef... more) {
    List<DataType> types =
        List.of(INT, INT, DataType.DT_VARIANT, FLOAT, DataType.DT_RESOURCE, DataType.DT_RESOURCE);
    List<String> names = List.of("i", "n", "list", "h", "w", "u");
    FunctionDef.Builder cond = function("rnn_cond", names, types);
    cond.getSignatureBuilder().addOutputArg(argument("go", DataType.DT_BOOL));
    cond.addNodeDef(node("Less", "c", INT, "i", "n")).putRet("go", "c:z:0");
    FunctionDef.Builder body = function("rnn_body", names, types);
    List<String> results = List.of("i1:z:0", "n", "list", "h1:y:0", "w", "u");
    for (int k = 0; k < names.size(); k++) {
      body.getSignatureBuilder().addOutputArg(argument("o" + k, types.get(k)));
      body.putRet("o" + k, results.get(k));
    }
    body.addNodeDef(NodeBuilder.constant("one", TensorProtos.scalar(1)))
        .addNodeDef(NodeBuilder.constant("shape", TensorProtos.ints(Shape.of(2), 1, 1)))
        .addNodeDef(node("AddV2", "i1", INT, "i", "one:output:0"))
        .addNodeDef(
            NodeBuilder.op("TensorListGetItem", "item")
                .inputs("list", "i", "shape:output:0")
                .attr("element_dtype", FLOAT)
                .build())
        .addNodeDef(read("rw", "w"))
        .addNodeDef(read("ru", "u"))
        .addNodeDef(node("MatMul", "a", FLOAT, "item:item:0", "rw:value:0"))
        .addNodeDef(node("MatMul", "b", FLOAT, "h", "ru:value:0"))
        .addNodeDef(node("AddV2", "s", FLOAT, "a:product:0", "b:product:0"))
        .addNodeDef(node("Tanh", "h1", FLOAT, "s:z:0"))
        .addAllNodeDef(Arrays.asList(more));
    for (NodeDef node : more) {
      body.putControlRet(node.getName(), node.getName());
      body.getSignatureBuilder().addControlOutput(node.getName()).setIsStateful(true);
    }
    NodeDef loop =
        NodeBuilder.op("While", "rnn")
            .inputs("zero", "steps", "list", "h0", "w", "u")
            .attr("T", types)
            .attr("cond", function("rnn_cond"))
            .attr("body", function("rnn_body"))
            .build();
    return model(
        List.of(cond.build(), body.build()),
        graph(steps).addNode(loop).addNode(node("Identity", "y", FLOAT, "rnn:3")));
  }

  /** What stands before the loop: the sequence as a list, its length, variables and zeros. */
  static GraphDef.Builder graph(long steps) {
    return GraphDef.newBuilder()
        .setVersions(VersionDef.newBuilder().setProducer(1994))
        .addNode(
            NodeBuilder.op("Placeholder", "x")
                .attr("dtype", FLOAT)
                .attr("shape", Shape.of(steps, 1, 1))
                .build())
        .addNode(handle("w"))
        .addNode(handle("u"))
        .addNode(NodeBuilder.constant("shape", TensorProtos.ints(Shape.of(2), 1, 1)))
        .addNode(NodeBuilder.constant("zero", TensorProtos.scalar(0)))
        .addNode(NodeBuilder.constant("h0", TensorProtos.floats(Shape.of(1, 1), 0)))
        .addNode(
            NodeBuilder.op("TensorListFromTensor", "list")
                .inputs("x", "shape")
                .attr("element_dtype", FLOAT)
                .attr("shape_type", INT)
                .build())
        .addNode(NodeBuilder.op("TensorListLength", "steps").inputs("list").build());
  }

  static GraphModel model(List<FunctionDef> functions, GraphDef.Builder graph) {
    graph.getLibraryBuilder().addAllFunction(functions);
    return GraphModel.of(
        graph.build(),
        Endpoints.builder().input("x", "x").output("y", "y").build(),
        List.of(variable("w", W), variable("u", U)));
  }

  public static FunctionDef.Builder function(
      String name, List<String> names, List<DataType> types) {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    function.getSignatureBuilder().setName(name);
    IntStream.range(0, names.size())
        .forEach(
            k -> function.getSignatureBuilder().addInputArg(argument(names.get(k), types.get(k))));
    return function;
  }

  public static ArgDef argument(String name, DataType type) {
    return ArgDef.newBuilder().setName(name).setType(type).build();
  }

  public static AttrValue function(String name) {
    return AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(name)).build();
  }

  public static NodeDef node(String op, String name, DataType type, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", type).build();
  }

  static NodeDef read(String name, String handle) {
    return NodeBuilder.op("ReadVariableOp", name).inputs(handle).attr("dtype", FLOAT).build();
  }

  static NodeDef assign(String name, String handle, String value) {
    return NodeBuilder.op("AssignAddVariableOp", name)
        .inputs(handle, value)
        .attr("dtype", FLOAT)
        .build();
  }

  private static NodeDef handle(String name) {
    return NodeBuilder.op("VarHandleOp", name)
        .attr("dtype", FLOAT)
        .attr("shape", Shape.of(1, 1))
        .attr("shared_name", name)
        .build();
  }

  private static Variable variable(String name, float value) {
    return new Variable(
        name, Variable.Kind.RESOURCE, true, TensorProtos.floats(Shape.of(1, 1), value));
  }

  /** What the layer computes, by its equation. */
  static float expected(float... sequence) {
    double h = 0;
    for (float x : sequence) {
      h = Math.tanh(x * W + h * U);
    }
    return (float) h;
  }

  /** The output of a model for a sequence. */
  static float run(GraphModel model, float... sequence) {
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.tensorOf(Shape.of(sequence.length, 1, 1), DataBuffers.of(sequence));
        Result result = live.run(Map.of("x", x))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)))[0];
    }
  }

  static List<String> operations(GraphModel model) {
    List<String> types = new ArrayList<>();
    model.graphDef().getNodeList().forEach(node -> types.add(node.getOp()));
    return types;
  }
}
