package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VersionDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Operations of old graphs, beside TensorFlow on the graph as it was. */
class ModernFormsTest {

  private static final DataType FLOAT = DataType.DT_FLOAT;
  private static final DataType INT = DataType.DT_INT32;

  private static NodeDef floats(String name, Shape shape, float... values) {
    return NodeBuilder.constant(name, TensorProtos.floats(shape, values));
  }

  private static NodeDef ints(String name, Shape shape, int... values) {
    return NodeBuilder.constant(name, TensorProtos.ints(shape, values));
  }

  private static NodeBuilder op(String op, String... inputs) {
    return NodeBuilder.op(op, "y").inputs(inputs).attr("T", FLOAT);
  }

  static Stream<Arguments> old() {
    NodeDef w = floats("w", Shape.of(2), 2, -3);
    NodeDef axis = NodeBuilder.constant("axis", TensorProtos.scalar(3));
    NodeDef gaps = ints("gaps", Shape.of(2, 2), 0, 0, 0, 0);
    NodeDef sigma = floats("sigma", Shape.of(2), 0.5f, 4);
    NodeDef mu = floats("mu", Shape.of(2), 1, -1);
    NodeBuilder norm =
        op("BatchNormWithGlobalNormalization", "x", "mu", "sigma", "w", "mu")
            .attr("variance_epsilon", 1e-2f);
    return Stream.of(
        of("ConcatV2", op("Concat", "axis", "x", "x").attr("N", 2L), axis),
        of("BiasAdd", op("BiasAddV1", "x", "w"), w),
        of("Reciprocal", op("Inv", "x")),
        of("MatrixBandPart", band(), ints0("low", 0), ints0("high", 1)),
        of("BatchMatMulV2", op("BatchMatMul", "x", "x").attr("adj_y", true)),
        of(
            "SpaceToBatchND",
            op("SpaceToBatch", "x", "gaps").attr("Tpaddings", INT).attr("block_size", 2L),
            gaps),
        of(
            "BatchToSpaceND",
            op("BatchToSpace", "x", "gaps").attr("Tidx", INT).attr("block_size", 2L),
            gaps),
        of("FusedBatchNormV3", norm.attr("scale_after_normalization", true), w, sigma, mu),
        of(
            "FusedBatchNormV3",
            op("BatchNormWithGlobalNormalization", "x", "mu", "sigma", "w", "mu")
                .attr("variance_epsilon", 1e-2f)
                .attr("scale_after_normalization", false),
            w,
            sigma,
            mu));
  }

  private static NodeBuilder band() {
    return op("BatchMatrixBandPart", "x", "low", "high");
  }

  private static NodeDef ints0(String name, long value) {
    return NodeBuilder.constant(name, TensorProtos.scalar(value));
  }

  private static Arguments of(String becomes, NodeBuilder node, NodeDef... operands) {
    List<NodeDef> nodes = new ArrayList<>();
    nodes.add(
        NodeBuilder.op("Placeholder", "x")
            .attr("dtype", FLOAT)
            .attr("shape", Shape.of(4, 2, 2, 2))
            .build());
    nodes.addAll(List.of(operands));
    nodes.add(node.build());
    // Some of them only graphs of that age may have.
    GraphDef graph =
        GraphDef.newBuilder()
            .addAllNode(nodes)
            .setVersions(VersionDef.newBuilder().setProducer(8))
            .build();
    return Arguments.of(Named.of(node.build().getOp(), graph), becomes);
  }

  @ParameterizedTest
  @MethodSource("old")
  void oldOperation_isTheModernOne_andComputesAsTensorFlowDoes(GraphDef graph, String becomes) {
    Shape shape = Shape.of(4, 2, 2, 2);
    float[] x = new float[32];
    IntStream.range(0, x.length).forEach(i -> x[i] = (float) Math.sin(3 * i + 1));
    GraphModel model =
        GraphModel.of(
            graph, Endpoints.builder().input("x", "x").output("y", "y").build(), List.of());
    assertTrue(TestModels.ops(model).contains(becomes), TestModels.ops(model).toString());
    assertArrayEquals(plain(graph, shape, x), TestModels.run(model, shape, x), 1e-6f);
  }

  private static float[] plain(GraphDef graphDef, Shape shape, float[] x) {
    try (Graph graph = new Graph();
        TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(x))) {
      graph.importGraphDef(graphDef);
      try (Session session = new Session(graph);
          Result result = session.runner().feed("x", input).fetch("y").run()) {
        return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
    }
  }

  @Test
  void identityOfSeveral_isOneForEach_andOutputsFollow() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", FLOAT)
                    .attr("shape", Shape.of(-1))
                    .build())
            .addNode(NodeBuilder.op("Neg", "minus").inputs("x").attr("T", FLOAT).build())
            .addNode(
                NodeBuilder.op("IdentityN", "both")
                    .inputs("x", "minus")
                    .attr("T", List.of(FLOAT, FLOAT))
                    .build())
            .addNode(NodeBuilder.op("Relu", "relu").inputs("both:1").attr("T", FLOAT).build())
            .build();
    GraphModel model =
        GraphModel.of(
            graph,
            Endpoints.builder()
                .input("x", "x")
                .output("first", "both")
                .output("second", "both:1")
                .output("positive", "relu")
                .build(),
            List.of());
    assertFalse(TestModels.ops(model).contains("IdentityN"));
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.vectorOf(1, -2);
        Result result = live.run(Map.of("x", x))) {
      assertEquals(1, ((TFloat32) result.get(0)).getFloat(0));
      assertEquals(-1, ((TFloat32) result.get(1)).getFloat(0));
      assertEquals(2, ((TFloat32) result.get(2)).getFloat(1));
    }
  }
}
