package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Rewriting costs time in proportion to the graph, whatever its form. */
class LargeGraphTest {

  @Test
  void planningAndInserting_isFastAndLinear() {
    quantize(layers(300));
    double small = quantize(layers(300));
    double large = quantize(layers(1_200));
    // Four times the nodes; eight times the time would be well on the way to sixteen.
    assertTrue(large < 8 * Math.max(small, 0.1), small + " s, then " + large + " s");
    assertTrue(large < 2, large + " s for 10,000 nodes");
  }

  @Test
  void tensorWithThousandsOfUsers_isFastToo() {
    double small = quantize(hub(500));
    double large = quantize(hub(2_000));
    assertTrue(large < 8 * Math.max(small, 0.1), small + " s, then " + large + " s");
  }

  @Test
  void longChainOfOperationsThatOnlyMoveValues_needsNoDeepStack() {
    GraphEditor graph = start();
    String tensor = graph.add(node("Relu", "first", "image"));
    for (int i = 0; i < 20_000; i++) {
      tensor = graph.add(node("Identity", "identity" + i, tensor));
    }
    tensor = graph.add(node("Relu", "last", tensor));
    QuantizationPlan plan =
        QuantizationPlanner.plan(model(graph.build(), tensor, List.of()), LayerSelector.layers());
    assertEquals(3, plan.activations().size());
  }

  /** One tensor that every second node reads. */
  private static GraphModel hub(int users) {
    GraphEditor graph = start();
    graph.add(node("Relu", "hub", "image"));
    String sum = "hub";
    for (int i = 0; i < users; i++) {
      String leaf = graph.add(node("Relu", "leaf" + i, "hub"));
      sum = graph.add(node("AddV2", "sum" + i, sum, leaf));
    }
    return model(graph.build(), sum, List.of());
  }

  /** Layers of eight nodes: matrix, bias, activation. */
  private static GraphModel layers(int count) {
    GraphEditor graph = start();
    List<Variable> variables = new ArrayList<>();
    String tensor = "image";
    for (int i = 0; i < count; i++) {
      String matrix = variable(graph, variables, "matrix" + i, Shape.of(4, 4));
      String bias = variable(graph, variables, "bias" + i, Shape.of(4));
      tensor = graph.add(node("MatMul", "product" + i, tensor, matrix));
      tensor = graph.add(node("BiasAdd", "sum" + i, tensor, bias));
      tensor = graph.add(node("Relu", "relu" + i, tensor));
      tensor = graph.add(node("Identity", "identity" + i, tensor));
    }
    return model(graph.build(), tensor, variables);
  }

  private static String variable(
      GraphEditor graph, List<Variable> variables, String name, Shape shape) {
    TensorProto value = TensorProtos.floats(shape, new float[(int) shape.size()]);
    variables.add(new Variable(name, Variable.Kind.RESOURCE, true, value));
    graph.add(
        NodeBuilder.op("VarHandleOp", name)
            .attr("dtype", DataType.DT_FLOAT)
            .attr("shape", shape)
            .attr("shared_name", name)
            .build());
    return graph.add(
        NodeBuilder.op("ReadVariableOp", name + "_read")
            .inputs(name)
            .attr("dtype", DataType.DT_FLOAT)
            .build());
  }

  /** The seconds of this thread, so that other work on the machine counts little. */
  private static double quantize(GraphModel model) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    Optimized optimized = QuantizationAwareTraining.create().apply(model);
    double seconds = (clock.getCurrentThreadCpuTime() - start) / 1e9;
    assertTrue(optimized.model().updates().size() > model.graphDef().getNodeCount() / 10);
    return seconds;
  }

  private static GraphEditor start() {
    GraphEditor graph = new GraphEditor(GraphDef.getDefaultInstance());
    graph.add(
        NodeBuilder.op("Placeholder", "image")
            .attr("dtype", DataType.DT_FLOAT)
            .attr("shape", Shape.of(-1, 4))
            .build());
    return graph;
  }

  private static NodeDef node(String op, String name, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  private static GraphModel model(GraphDef graph, String output, List<Variable> variables) {
    Endpoints endpoints =
        Endpoints.builder().input("image", "image").output("logits", output).training(true).build();
    return GraphModel.of(graph, endpoints, variables);
  }
}
