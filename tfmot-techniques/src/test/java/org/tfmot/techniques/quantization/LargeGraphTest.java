package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DataType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.QuantizationPlanner;
import org.tfmot.techniques.testing.LargeGraphs;

/**
 * Rewriting costs work in proportion to the graph, whatever its form. Memory that the thread
 * allocates represents the work: unlike its time, other work on the machine does not change it.
 * {@code ApplyBenchmark} measures the time.
 */
class LargeGraphTest {

  /** Growth of the work at four times the graph: linear costs 4, quadratic 16. */
  private static final double LINEAR = 6;

  @Test
  void planningAndInserting_isLinear() {
    assertLinear(LargeGraphs.layers(300), LargeGraphs.layers(1_200));
  }

  @Test
  void tensorWithThousandsOfUsers_isLinearToo() {
    assertLinear(LargeGraphs.hub(500), LargeGraphs.hub(2_000));
  }

  @Test
  void operationWithThousandsOfInputs_isLinearToo() {
    assertLinear(sum(1_000), sum(4_000));
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

  private static void assertLinear(GraphModel small, GraphModel fourTimes) {
    // The first run loads classes, whose memory would hide growth.
    allocated(small);
    double growth = (double) allocated(fourTimes) / allocated(small);
    assertTrue(growth < LINEAR, "Four times the graph allocates " + growth + " times as much.");
  }

  private static long allocated(GraphModel model) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadAllocatedBytes();
    Optimized optimized = QuantizationAwareTraining.create().apply(model);
    long bytes = threads.getCurrentThreadAllocatedBytes() - start;
    assertTrue(optimized.model().updates().size() > model.graphDef().getNodeCount() / 10);
    return bytes;
  }
}
