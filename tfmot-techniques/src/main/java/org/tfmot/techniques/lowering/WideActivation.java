package org.tfmot.techniques.lowering;

import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * An activation in 16 bits, which lie symmetrically around 0 in the file. What the simulation cuts
 * off at the end that is nearer to 0, the file cuts off by an operation of its own.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class WideActivation {

  /** The runtime's 16-bit tables demand steps of 2^-15 of their outputs. */
  private static final Set<String> TABLES = Set.of("Softmax", "Sigmoid", "Tanh");

  private static final float TABLE_END = 32767 / 32768f;

  /** Nothing is below 0. */
  private static final Set<String> POSITIVE = Set.of("Relu", "Relu6");

  private final GraphEditor graph;
  private final NodeDef node;
  private final String min;
  private final String max;

  private WideActivation(GraphEditor graph, NodeDef node, float end) {
    this.graph = graph;
    this.node = node;
    min = graph.add(NodeBuilder.constant(name("file_min"), TensorProtos.scalar(-end)));
    max = graph.add(NodeBuilder.constant(name("file_max"), TensorProtos.scalar(end)));
  }

  /**
   * Replaces simulated quantization.
   *
   * @param node the quantizer
   * @param low the lower end of its range, at most 0
   * @param high the upper end, at least 0
   */
  public static void write(GraphEditor graph, NodeDef node, float low, float high) {
    String producer = graph.input(node, 0).getOp();
    boolean table = TABLES.contains(producer);
    float end = table ? TABLE_END : Math.max(high, -low);
    WideActivation activation = new WideActivation(graph, node, end);
    boolean cutsLow = -low < end && !(low == 0 && POSITIVE.contains(producer));
    boolean cutsHigh = high < end;
    String tensor = node.getInput(0);
    if (!table && (cutsLow || cutsHigh)) {
      tensor = activation.cut(cutsLow ? "Maximum" : "Minimum", cutsLow ? low : high);
    }
    graph.replace(activation.quantizer(node.getName(), tensor));
  }

  private String cut(String op, float bound) {
    String whole = graph.add(quantizer(name("whole"), node.getInput(0)));
    String constant = graph.add(NodeBuilder.constant(name("bound"), TensorProtos.scalar(bound)));
    String quantized = graph.add(quantizer(name("bound/fake_quant"), constant));
    return graph.add(
        NodeBuilder.op(op, name("cut"))
            .inputs(whole, quantized)
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  private NodeDef quantizer(String name, String tensor) {
    return FakeQuant.node(node.getOp(), name, FakeQuant.WIDE, true, tensor, min, max);
  }

  private String name(String wish) {
    return graph.uniqueName(node.getName() + "/" + wish);
  }
}
