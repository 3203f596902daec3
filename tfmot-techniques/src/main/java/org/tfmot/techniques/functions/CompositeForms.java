package org.tfmot.techniques.functions;

import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;

/** Writes composite functions in the one form that the converter makes one operation of. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class CompositeForms {

  private final GraphEditor graph;

  private CompositeForms(GraphEditor graph) {
    this.graph = graph;
  }

  /** Rewrites a function; the operation that gives its value keeps its name. */
  public static void write(GraphEditor graph, Composite composite) {
    new CompositeForms(graph).write(composite);
    AttrValue yes = AttrValue.newBuilder().setB(true).build();
    NodeDef end = graph.node(composite.end().getName());
    graph.replace(end.toBuilder().putAttr(ScalarFunctions.KNOWN, yes).build());
  }

  private void write(Composite composite) {
    String name = composite.end().getName();
    String x = composite.input().toString();
    switch (composite.function()) {
      case HARD_SWISH -> {
        String gate = node("Relu6", name + "/gate", sum(name + "/shifted", x, 3));
        product(name, node("Mul", name + "/gated", x, gate), number(name, 1 / 6f));
      }
      case GELU -> {
        String argument = node("Mul", name + "/argument", x, number(name, (float) Math.sqrt(0.5)));
        gelu(name, x, node("Erf", name + "/curve", argument));
      }
      case GELU_TANH -> {
        String cube = node("Pow", name + "/cube", x, number(name, 3));
        String term = node("Mul", name + "/term", number(name, 0.044715f), cube);
        String cubic = node("AddV2", name + "/cubic", x, term);
        String factor = number(name, (float) Math.sqrt(2 / Math.PI));
        String argument = node("Mul", name + "/argument", factor, cubic);
        gelu(name, x, node("Tanh", name + "/curve", argument));
      }
    }
  }

  private void gelu(String name, String x, String curve) {
    String half = node("Mul", name + "/half", number(name, 0.5f), x);
    product(name, half, sum(name + "/gate", curve, 1));
  }

  private String sum(String name, String x, float number) {
    return node("AddV2", name, x, number(name, number));
  }

  private String number(String name, float value) {
    String constant = graph.uniqueName(name + "/constant");
    return graph.add(NodeBuilder.constant(constant, TensorProtos.scalar(value)));
  }

  private String node(String op, String name, String... inputs) {
    return graph.add(
        NodeBuilder.op(op, graph.uniqueName(name))
            .inputs(inputs)
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  private void product(String name, String left, String right) {
    graph.replace(
        NodeBuilder.op("Mul", name).inputs(left, right).attr("T", DataType.DT_FLOAT).build());
  }
}
