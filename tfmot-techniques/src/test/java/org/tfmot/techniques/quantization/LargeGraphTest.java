package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DataType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.testing.LargeGraphs;

/** Rewriting costs time in proportion to the graph, whatever its form. */
class LargeGraphTest {

  @Test
  void planningAndInserting_isFastAndLinear() {
    quantize(LargeGraphs.layers(300));
    double small = quantize(LargeGraphs.layers(300));
    double large = quantize(LargeGraphs.layers(1_200));
    // Four times the nodes; eight times the time would be well on the way to sixteen.
    assertTrue(large < 8 * Math.max(small, 0.1), small + " s, then " + large + " s");
    assertTrue(large < 2, large + " s for 10,000 nodes");
  }

  @Test
  void tensorWithThousandsOfUsers_isFastToo() {
    double small = quantize(LargeGraphs.hub(500));
    double large = quantize(LargeGraphs.hub(2_000));
    assertTrue(large < 8 * Math.max(small, 0.1), small + " s, then " + large + " s");
  }

  @Test
  void operationWithThousandsOfInputs_isFastToo() {
    double small = quantize(sum(1_000));
    double large = quantize(sum(4_000));
    assertTrue(large < 8 * Math.max(small, 0.1), small + " s, then " + large + " s");
  }

  /** A tensor with so many readers, and an operation that reads all of them. */
  private static GraphModel sum(int readers) {
    GraphEditor graph = LargeGraphs.start();
    graph.add(LargeGraphs.node("Relu", "hub", "image"));
    String[] leaves = new String[readers];
    for (int i = 0; i < readers; i++) {
      leaves[i] = graph.add(LargeGraphs.node("Relu", "leaf" + i, "hub"));
    }
    graph.add(
        NodeBuilder.op("AddN", "sum")
            .inputs(leaves)
            .attr("T", DataType.DT_FLOAT)
            .attr("N", readers)
            .build());
    return LargeGraphs.model(graph.build(), "sum", List.of());
  }

  @Test
  void longChainOfOperationsThatOnlyMoveValues_needsNoDeepStack() {
    GraphEditor graph = LargeGraphs.start();
    String tensor = graph.add(LargeGraphs.node("Relu", "first", "image"));
    for (int i = 0; i < 20_000; i++) {
      tensor = graph.add(LargeGraphs.node("Identity", "identity" + i, tensor));
    }
    tensor = graph.add(LargeGraphs.node("Relu", "last", tensor));
    QuantizationPlan plan =
        QuantizationPlanner.plan(
            LargeGraphs.model(graph.build(), tensor, List.of()), LayerSelector.layers());
    assertEquals(3, plan.activations().size());
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
}
