package org.tfmot.techniques.fuzz;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.LargeGraphs;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Small models of several forms, made once a process. */
final class Samples {

  private static final List<Supplier<GraphModel>> FORMS =
      List.of(
          () -> LargeGraphs.layers(2),
          () -> LargeGraphs.layers(1).freeze(),
          () -> TestLayers.residual(Kind.RESOURCE),
          () -> TestLayers.residual(Kind.DIRECT),
          () -> TestLayers.residual(Kind.REFERENCE).toInference(),
          () -> TestLayers.residual(Kind.RESOURCE).toInference().freeze(),
          CompoundModel.ATTENTION::model,
          CompoundModel.EMBEDDING::model,
          Samples::calling,
          Samples::branching,
          Samples::looping);

  private static final GraphModel[] MADE = new GraphModel[FORMS.size()];

  private Samples() {}

  static GraphModel any(Random random) {
    int form = random.nextInt(FORMS.size());
    if (MADE[form] == null) {
      MADE[form] = FORMS.get(form).get();
    }
    return MADE[form];
  }

  /** Two functions, one within the other, as TensorFlow 2 saves a model. */
  private static GraphModel calling() {
    GraphModel plain = LargeGraphs.layers(1);
    GraphDef.Builder graph = plain.graphDef().toBuilder();
    NodeDef relu = NodeBuilder.op("Relu", "n").inputs("a").attr("T", DataType.DT_FLOAT).build();
    graph
        .getLibraryBuilder()
        .addFunction(function("inner", "n:activations:0", relu))
        .addFunction(function("outer", "c:output:0", call("c", "inner", "a")));
    graph.addNode(call("called", "outer", plain.outputs().get("logits")));
    Endpoints endpoints =
        Endpoints.builder().input("image", "image").output("logits", "called").build();
    return GraphModel.of(graph.build(), endpoints, plain.variables().values());
  }

  /** A branch and a case over two functions, one of which calls another. */
  private static GraphModel branching() {
    GraphModel plain = LargeGraphs.layers(1);
    GraphDef.Builder graph = plain.graphDef().toBuilder();
    NodeDef relu = NodeBuilder.op("Relu", "n").inputs("a").attr("T", DataType.DT_FLOAT).build();
    graph
        .getLibraryBuilder()
        .addFunction(function("inner", "n:activations:0", relu))
        .addFunction(function("outer", "c:output:0", call("c", "inner", "a")));
    AttrValue.Builder both = AttrValue.newBuilder();
    both.getListBuilder().addFunc(named("inner")).addFunc(named("outer"));
    List<DataType> type = List.of(DataType.DT_FLOAT);
    graph
        .addNode(NodeBuilder.constant("which", TensorProtos.scalar(1)))
        .addNode(
            NodeBuilder.op("If", "branch")
                .inputs("which", plain.outputs().get("logits"))
                .attr("Tcond", DataType.DT_INT32)
                .attr("Tin", type)
                .attr("Tout", type)
                .attr("then_branch", AttrValue.newBuilder().setFunc(named("inner")).build())
                .attr("else_branch", AttrValue.newBuilder().setFunc(named("outer")).build())
                .build())
        .addNode(
            NodeBuilder.op("StatelessCase", "case")
                .inputs("which", "branch")
                .attr("branches", both.build())
                .attr("Tin", type)
                .attr("Tout", type)
                .build());
    Endpoints endpoints =
        Endpoints.builder().input("image", "image").output("logits", "case").build();
    return GraphModel.of(graph.build(), endpoints, plain.variables().values());
  }

  /** A layer whose loop stays, since the number of its steps is open. */
  private static GraphModel looping() {
    return new KerasRecurrent(
            KerasRecurrent.Style.KERAS_3,
            4,
            3,
            0,
            false,
            List.of(KerasRecurrent.Layer.of(KerasCell.LSTM, 5, false)),
            2)
        .withOpenSteps()
        .load();
  }

  private static NameAttrList named(String function) {
    return NameAttrList.newBuilder().setName(function).build();
  }

  private static NodeDef call(String name, String function, String input) {
    return NodeBuilder.op("PartitionedCall", name)
        .inputs(input)
        .attr("f", AttrValue.newBuilder().setFunc(named(function)).build())
        .attr("Tin", List.of(DataType.DT_FLOAT))
        .attr("Tout", List.of(DataType.DT_FLOAT))
        .build();
  }

  private static FunctionDef function(String name, String result, NodeDef body) {
    FunctionDef.Builder function = FunctionDef.newBuilder();
    OpDef.ArgDef.Builder operand = OpDef.ArgDef.newBuilder().setType(DataType.DT_FLOAT);
    function
        .getSignatureBuilder()
        .setName(name)
        .addInputArg(operand.setName("a"))
        .addOutputArg(operand.setName("r"));
    return function.addNodeDef(body).putRet("r", result).build();
  }

  /** A shape in which open sizes are 2. */
  static Shape closed(Shape shape) {
    long[] sizes = shape.isUnknown() ? new long[0] : shape.asArray().clone();
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = sizes[i] < 0 ? 2 : sizes[i];
    }
    return Shape.of(sizes);
  }
}
