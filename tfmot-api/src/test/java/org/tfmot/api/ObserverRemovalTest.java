package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Checks, prints and assertions have no part in a model for inference. */
class ObserverRemovalTest {

  private static final DataType FLOAT = DataType.DT_FLOAT;

  private static NodeBuilder op(String op, String name, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", FLOAT);
  }

  static Stream<NodeDef> observers() {
    return Stream.of(
        op("CheckNumerics", "seen", "h").attr("message", "bad").build(),
        op("CheckNumericsV2", "seen", "h").attr("message", "bad").build(),
        op("Print", "seen", "h", "h").attr("U", List.of(FLOAT)).attr("message", "h").build(),
        op("Snapshot", "seen", "h").build(),
        op("DebugIdentityV2", "seen", "h").build(),
        op("Copy", "seen", "h").build(),
        NodeBuilder.op("PlaceholderWithDefault", "seen")
            .inputs("h")
            .attr("dtype", FLOAT)
            .attr("shape", Shape.of(-1, 2))
            .build());
  }

  private static GraphModel model(NodeDef... nodes) {
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.addNode(
        NodeBuilder.op("Placeholder", "x")
            .attr("dtype", FLOAT)
            .attr("shape", Shape.of(-1, 2))
            .build());
    graph.addNode(op("Neg", "h", "x").build()).addAllNode(List.of(nodes));
    return GraphModel.of(
        graph.build(), Endpoints.builder().input("x", "x").output("y", "y").build(), List.of());
  }

  @ParameterizedTest
  @MethodSource("observers")
  void observer_isAnIdentityInInference_underItsName(NodeDef observer) {
    GraphModel model = model(observer, op("Relu", "y", "seen").build());
    GraphModel inference = model.toInference();
    assertTrue(TestModels.ops(model).contains(observer.getOp()), "training keeps it");
    assertEquals(List.of("Placeholder", "Neg", "Identity", "Relu"), TestModels.ops(inference));
    assertEquals("seen", inference.graphDef().getNode(2).getName());
    float[] x = {1, -2};
    assertArrayEquals(new float[] {0, 2}, TestModels.run(inference, Shape.of(1, 2), x));
  }

  @Test
  void assertion_isNotWaitedFor() {
    NodeDef no =
        NodeBuilder.constant(
            "no",
            TensorProto.newBuilder()
                .setDtype(DataType.DT_BOOL)
                .setTensorShape(TensorShapeProto.getDefaultInstance())
                .addBoolVal(false)
                .build());
    NodeDef check =
        NodeBuilder.op("Assert", "check").inputs("no", "h").attr("T", List.of(FLOAT)).build();
    NodeDef group = NodeBuilder.op("NoOp", "group").inputs("^check").build();
    GraphModel model = model(no, check, group, op("Relu", "y", "h", "^group").build());
    assertTrue(TestModels.ops(model).contains("Assert"));
    GraphModel inference = model.toInference();
    assertFalse(TestModels.ops(inference).contains("Assert"));
    assertArrayEquals(
        new float[] {0, 2}, TestModels.run(inference, Shape.of(1, 2), new float[] {1, -2}));
  }

  @Test
  void placeholderWithDefault_thatIsAnInput_staysOne() {
    NodeDef rate =
        NodeBuilder.op("PlaceholderWithDefault", "rate")
            .inputs("one")
            .attr("dtype", FLOAT)
            .attr("shape", Shape.scalar())
            .build();
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(NodeBuilder.constant("one", TensorProtos.scalar(1f)))
            .addNode(rate)
            .addNode(op("Neg", "y", "rate").build())
            .build();
    GraphModel model =
        GraphModel.of(
            graph, Endpoints.builder().input("rate", "rate").output("y", "y").build(), List.of());
    Set<String> ops = Set.copyOf(TestModels.ops(model.toInference()));
    assertTrue(ops.contains("PlaceholderWithDefault"), ops.toString());
  }
}
