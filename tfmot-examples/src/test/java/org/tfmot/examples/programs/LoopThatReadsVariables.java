package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.VersionDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * A recurrent layer as Keras writes it: a While loop over a TensorList whose body reads the
 * captured variables itself. freeze() must freeze such a model, as Python's converter does; the
 * frozen graph must give h = tanh(x_t * 0.5 + h * 0.25), three steps from 0, which is computed
 * here. The TFLite file must give the same, or be refused naming the loop or its subgraphs.
 */
final class LoopThatReadsVariables implements UserProgram {
  @Override
  public void check() throws Exception {
    double h = 0;
    float[] xs = {1, -2, .5f};
    for (float v : xs) h = Math.tanh(v * .5 + h * .25);
    GraphModel model = loop();
    Map<String, TFloat32> sample = Map.of("x", tensor(xs, 3, 1, 1));
    near("the graph", run(model, sample), 1e-5, h);
    near("the frozen graph", run(model.freeze(), sample), 1e-5, h);
    TfLiteModel file;
    try {
      file = TfLiteConverter.of(model).convert();
    } catch (RuntimeException e) {
      refused(e, "While", "rnn", "loop", "subgraph");
      return;
    }
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      near("the file", i.run(Map.of("x", xs), 3).get("y"), 1e-5, h);
    }
  }

  static GraphModel loop() {
    DataType f = DataType.DT_FLOAT, n = DataType.DT_INT32, r = DataType.DT_RESOURCE;
    List<DataType> types = List.of(n, DataType.DT_VARIANT, f, r, r);
    FunctionDef.Builder cond = FunctionDef.newBuilder(), body = FunctionDef.newBuilder();
    cond.getSignatureBuilder()
        .setName("rnn_cond")
        .addOutputArg(OpDef.ArgDef.newBuilder().setName("go").setType(DataType.DT_BOOL));
    body.getSignatureBuilder().setName("rnn_body");
    String[] args = {"i", "list", "h", "w", "u"}, results = {"i1:z:0", "list", "h1:y:0", "w", "u"};
    for (int k = 0; k < args.length; k++) {
      cond.getSignatureBuilder()
          .addInputArg(OpDef.ArgDef.newBuilder().setName(args[k]).setType(types.get(k)));
      body.getSignatureBuilder()
          .addInputArg(OpDef.ArgDef.newBuilder().setName(args[k]).setType(types.get(k)));
      body.getSignatureBuilder()
          .addOutputArg(OpDef.ArgDef.newBuilder().setName("o" + k).setType(types.get(k)));
      body.putRet("o" + k, results[k]);
    }
    cond.addNodeDef(NodeBuilder.constant("n", TensorProtos.scalar(3)))
        .addNodeDef(NodeBuilder.op("Less", "c").inputs("i", "n:output:0").attr("T", n).build())
        .putRet("go", "c:z:0");
    body.addNodeDef(NodeBuilder.constant("one", TensorProtos.scalar(1)))
        .addNodeDef(NodeBuilder.constant("shape", TensorProtos.ints(Shape.of(2), 1, 1)))
        .addNodeDef(NodeBuilder.op("AddV2", "i1").inputs("i", "one:output:0").attr("T", n).build())
        .addNodeDef(
            NodeBuilder.op("TensorListGetItem", "item")
                .inputs("list", "i", "shape:output:0")
                .attr("element_dtype", f)
                .build())
        .addNodeDef(read("rw", "w"))
        .addNodeDef(read("ru", "u"))
        .addNodeDef(node("MatMul", "a", "item:item:0", "rw:value:0"))
        .addNodeDef(node("MatMul", "b", "h", "ru:value:0"))
        .addNodeDef(node("AddV2", "s", "a:product:0", "b:product:0"))
        .addNodeDef(node("Tanh", "h1", "s:z:0"));
    GraphDef.Builder g =
        GraphDef.newBuilder().setVersions(VersionDef.newBuilder().setProducer(1994));
    g.getLibraryBuilder().addFunction(cond).addFunction(body);
    g.addNode(placeholder(3, 1, 1))
        .addNode(handle("w", "w", 1, 1))
        .addNode(handle("u", "u", 1, 1))
        .addNode(NodeBuilder.constant("shape", TensorProtos.ints(Shape.of(2), 1, 1)))
        .addNode(NodeBuilder.constant("zero", TensorProtos.scalar(0)))
        .addNode(NodeBuilder.constant("h0", TensorProtos.floats(Shape.of(1, 1), 0)))
        .addNode(
            NodeBuilder.op("TensorListFromTensor", "list")
                .inputs("x", "shape")
                .attr("element_dtype", f)
                .attr("shape_type", n)
                .build())
        .addNode(
            NodeBuilder.op("While", "rnn")
                .inputs("zero", "list", "h0", "w", "u")
                .attr("T", types)
                .attr("cond", func("rnn_cond"))
                .attr("body", func("rnn_body"))
                .build())
        .addNode(node("Identity", "y", "rnn:2"));
    return GraphModel.of(
        g.build(),
        Endpoints.builder().input("x", "x").output("y", "y").build(),
        List.of(variable("w", new float[] {.5f}, 1, 1), variable("u", new float[] {.25f}, 1, 1)));
  }
}
