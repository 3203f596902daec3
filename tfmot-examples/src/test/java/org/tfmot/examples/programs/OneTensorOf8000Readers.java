package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/**
 * A tensor that 8,000 operations read. Quantization-aware training must take time about in
 * proportion to the readers: 8,000 at most 8 times what 2,000 take (4 times is right), or under 2 s
 * of processor time.
 */
final class OneTensorOf8000Readers implements UserProgram {
  @Override
  public void check() throws Exception {
    double few = seconds(2000), many = seconds(8000);
    if (many > 2 && many > 8 * few)
      throw wrong(String.format("2,000 readers take %.1f s, 8,000 %.1f s", few, many));
  }

  static double seconds(int readers) {
    List<NodeDef> nodes =
        new ArrayList<>(
            List.of(
                placeholder(2, 8),
                handle("w", "w", 8, 4),
                read("r", "w"),
                node("MatMul", "a", "x", "r")));
    List<String> in = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      nodes.add(node("Relu", "k" + i, "a"));
      in.add("k" + i);
    }
    nodes.add(
        NodeBuilder.op("AddN", "y")
            .inputs(in.toArray(String[]::new))
            .attr("T", DataType.DT_FLOAT)
            .attr("N", (long) readers)
            .build());
    GraphModel model = graph(List.of(variable("w", wave(32), 8, 4)), nodes.toArray(NodeDef[]::new));
    var clock = java.lang.management.ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    QuantizationAwareTraining.create().apply(model);
    return (clock.getCurrentThreadCpuTime() - start) / 1e9;
  }
}
