package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Graphs of as many nodes as one likes. */
public final class LargeGraphs {

  private LargeGraphs() {}

  /** One tensor that every second node reads. */
  public static GraphModel hub(int users) {
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
  public static GraphModel layers(int count) {
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
    TensorProto value = TensorProtos.floats(shape, values((int) shape.size()));
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

  private static float[] values(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i - count / 2.1f;
    }
    return values;
  }

  /** A graph with an input. */
  public static GraphEditor start() {
    GraphEditor graph = new GraphEditor(GraphDef.getDefaultInstance());
    graph.add(
        NodeBuilder.op("Placeholder", "image")
            .attr("dtype", DataType.DT_FLOAT)
            .attr("shape", Shape.of(-1, 4))
            .build());
    return graph;
  }

  /** A node of floats. */
  public static NodeDef node(String op, String name, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  /** A model in training mode. */
  public static GraphModel model(GraphDef graph, String output, List<Variable> variables) {
    Endpoints endpoints =
        Endpoints.builder().input("image", "image").output("logits", output).training(true).build();
    return GraphModel.of(graph, endpoints, variables);
  }
}
