package org.tfmot.techniques.kernels;

import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
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
import org.tfmot.techniques.lowering.FakeQuant;

/** One simulated quantization and its gradient, by TensorFlow's kernels or by others. */
record QuantizerRun(
    Shape shape, int bits, boolean narrow, boolean channels, float[] min, float[] max) {

  /** Results by element: the values, and the gradient to the input. */
  record Results(float[] values, float[] gradient) {}

  /** Runs TensorFlow's own two kernels. */
  Results oracle(float[] x, float[] upstream) {
    String type = channels ? "FakeQuantWithMinMaxVarsPerChannel" : "FakeQuantWithMinMaxVars";
    NodeDef back =
        NodeBuilder.op(type + "Gradient", "back")
            .inputs("upstream", "x", "min", "max")
            .attr("num_bits", bits)
            .attr("narrow_range", narrow)
            .build();
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graphDef().toBuilder().addNode(back).build());
      return run(graph, graph.outputOrThrow("back:0"), x, upstream);
    }
  }

  /** Runs what training graphs get, natively or from stock operations. */
  Results rewritten(boolean natively, int threads, float[] x, float[] upstream) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(TrainingKernels.rewrite(graphDef(), natively, threads));
      Output<?>[] gradients =
          graph.addGradients(
              null,
              new Output<?>[] {graph.outputOrThrow("q:0")},
              new Output<?>[] {graph.outputOrThrow("x:0")},
              new Output<?>[] {graph.outputOrThrow("upstream:0")});
      return run(graph, gradients[0], x, upstream);
    }
  }

  private Results run(Graph graph, Output<?> gradient, float[] x, float[] upstream) {
    GraphOperation q = graph.operation("q");
    try (Session session = new Session(graph);
        Tensor input = TensorProtos.toTensor(TensorProtos.floats(shape, x));
        Tensor least = TensorProtos.toTensor(TensorProtos.floats(ends(), min));
        Tensor most = TensorProtos.toTensor(TensorProtos.floats(ends(), max));
        Tensor given = TensorProtos.toTensor(TensorProtos.floats(shape, upstream));
        Result result =
            session
                .runner()
                .feed("x", input)
                .feed("upstream", given)
                .feed("min", least)
                .feed("max", most)
                .fetch(q.output(0))
                .fetch(gradient)
                .run()) {
      return new Results(floats(result.get(0)), floats(result.get(1)));
    }
  }

  private GraphDef graphDef() {
    return GraphDef.newBuilder()
        .addAllNode(
            List.of(
                placeholder("x", shape),
                placeholder("upstream", shape),
                // Of constants TensorFlow's optimizer would reorder additions.
                placeholder("min", ends()),
                placeholder("max", ends()),
                FakeQuant.node(
                    channels ? "FakeQuantWithMinMaxVarsPerChannel" : "FakeQuantWithMinMaxVars",
                    "q",
                    bits,
                    narrow,
                    "x",
                    "min",
                    "max")))
        .build();
  }

  private Shape ends() {
    return channels ? Shape.of(min.length) : Shape.scalar();
  }

  private static NodeDef placeholder(String name, Shape shape) {
    return NodeBuilder.op("Placeholder", name)
        .attr("dtype", DataType.DT_FLOAT)
        .attr("shape", shape)
        .build();
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().size())];
    ((TFloat32) tensor).asRawTensor().data().asFloats().read(values);
    return values;
  }
}
