package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** The values that ranges are made of, against TensorFlow's own reductions. */
class ExtremesTest {

  private static final List<Shape> SHAPES =
      List.of(
          Shape.of(1, 1),
          Shape.of(0, 3),
          Shape.of(5, 3),
          Shape.of(100, 17),
          Shape.of(33, 65),
          Shape.of(70001, 3),
          Shape.of(600, 300));

  @ParameterizedTest
  @CsvSource({
    "Max, false, 1",
    "Min, false, 1",
    "Max, true, 1",
    "Max, false, 2",
    "Min, false, 2",
    "Max, true, 2"
  })
  void extremes_areTensorFlows(String op, boolean absolute, int threads) {
    assertTrue(Kernels.isNative(), Kernels.description());
    Random random = new Random(threads);
    for (Shape shape : SHAPES) {
      for (boolean channels : new boolean[] {true, false}) {
        for (float special : new float[] {0, Float.NaN, Float.POSITIVE_INFINITY, -1e-40f}) {
          float[] x = new float[(int) shape.size()];
          for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
          }
          if (x.length > 0) {
            x[random.nextInt(x.length)] = special;
          }
          GraphDef graph = graph(op, absolute, channels, "StopGradient");
          GraphDef rewritten = TrainingKernels.rewrite(graph, true, threads);
          assertEquals(NativeKernels.EXTREMES, node(rewritten).getOp());
          assertArrayEquals(run(graph, shape, x), run(rewritten, shape, x), op + shape + special);
        }
      }
    }
  }

  @Test
  void anExtremeThatGradientsPass_staysTensorFlows() {
    GraphDef graph = graph("Max", false, true, "Identity");

    assertEquals("Max", node(TrainingKernels.rewrite(graph, true, 1)).getOp());
  }

  private static NodeDef node(GraphDef graph) {
    return graph.getNodeList().stream()
        .filter(node -> node.getName().equals("extreme"))
        .findFirst()
        .orElseThrow();
  }

  private static GraphDef graph(String op, boolean absolute, boolean channels, String reader) {
    String tensor = absolute ? "abs" : "x";
    GraphDef.Builder graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", DataType.DT_FLOAT)
                    .attr("shape", Shape.of(-1, -1))
                    .build())
            .addNode(one("Abs", "abs", "x"))
            .addNode(NodeBuilder.constant("axes", TensorProtos.ints(Shape.of(1), 0)))
            .addNode(NodeBuilder.constant("line", TensorProtos.ints(Shape.of(1), -1)))
            .addNode(
                NodeBuilder.op("Reshape", "flat")
                    .inputs(tensor, "line")
                    .attr("T", DataType.DT_FLOAT)
                    .attr("Tshape", DataType.DT_INT32)
                    .build())
            .addNode(
                NodeBuilder.op(op, "extreme")
                    .inputs(channels ? tensor : "flat", "axes")
                    .attr("T", DataType.DT_FLOAT)
                    .attr("Tidx", DataType.DT_INT32)
                    .build())
            .addNode(one(reader, "reader", "extreme"));
    return graph.build();
  }

  private static NodeDef one(String op, String name, String input) {
    return NodeBuilder.op(op, name).inputs(input).attr("T", DataType.DT_FLOAT).build();
  }

  private static float[] run(GraphDef graphDef, Shape shape, float[] x) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graphDef);
      try (Session session = new Session(graph);
          Tensor input = TensorProtos.toTensor(TensorProtos.floats(shape, x));
          Result result = session.runner().feed("x", input).fetch("reader").run()) {
        float[] values = new float[Math.toIntExact(result.get(0).shape().size())];
        ((TFloat32) result.get(0)).asRawTensor().data().asFloats().read(values);
        for (int i = 0; i < values.length; i++) {
          // The processor, as TensorFlow sets it, may take a denormal for 0, and 0 for -0.
          values[i] = Math.abs(values[i]) < Float.MIN_NORMAL ? 0 : values[i];
        }
        return values;
      }
    }
  }
}
