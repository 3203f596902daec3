package org.tfmot.techniques.lowering;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.ParametricRelu;
import org.tfmot.techniques.weights.StaticTensors;

/** The slopes of ReLUs for negative values, as the runtime wants them: positive where they rise. */
final class Slopes {

  private Slopes() {}

  /** A slope and the largest magnitude that its range has. */
  record Slope(Shape shape, float[] values, float range) {}

  /** Evaluates the slopes of ReLUs, by the operation that gives their value. */
  static Map<String, Slope> of(GraphDef graphDef, Collection<ParametricRelu> relus) {
    if (relus.isEmpty()) {
      return Map.of();
    }
    GraphEditor graph = new GraphEditor(graphDef);
    List<String> tensors = relus.stream().map(relu -> tensor(graph, relu)).toList();
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    tensors.stream().distinct().forEach(tensor -> endpoints.output(tensor, tensor));
    Map<String, TensorProto> values =
        StaticTensors.evaluate(GraphModel.of(graphDef, endpoints.build(), List.of()), tensors);
    Map<String, Slope> slopes = new HashMap<>();
    for (ParametricRelu relu : relus) {
      TensorProto proto = Objects.requireNonNull(values.get(tensor(graph, relu)));
      float[] slope = TensorProtos.toFloats(proto);
      float largest = 0;
      for (int i = 0; i < slope.length; i++) {
        slope[i] = relu.negative() ? -slope[i] : slope[i];
        largest = Math.max(largest, Math.abs(slope[i]));
      }
      slopes.put(relu.end(), new Slope(TensorProtos.shape(proto), slope, largest));
    }
    return slopes;
  }

  private static String tensor(GraphEditor graph, ParametricRelu relu) {
    return graph.node(relu.product()).getInput(relu.operand());
  }

  /** Adds a constant with the slope of a ReLU in 8 bits around 0; returns its name. */
  static String add(GraphEditor editor, ParametricRelu relu, Slope slope) {
    String name = editor.uniqueName(relu.end() + "/slope");
    NodeDef constant =
        NodeBuilder.constant(name, TensorProtos.floats(slope.shape(), slope.values()));
    // A slope of nothing at all has any range.
    float range = slope.range() == 0 ? 1 : slope.range();
    String min = scalar(editor, name + "/min", -range);
    String max = scalar(editor, name + "/max", range);
    return editor.add(
        FakeQuant.node(
            "FakeQuantWithMinMaxVars",
            editor.uniqueName(name + "/fake_quant"),
            FakeQuant.BYTE,
            true,
            editor.add(constant),
            min,
            max));
  }

  private static String scalar(GraphEditor editor, String name, float value) {
    return editor.add(NodeBuilder.constant(editor.uniqueName(name), TensorProtos.scalar(value)));
  }
}
