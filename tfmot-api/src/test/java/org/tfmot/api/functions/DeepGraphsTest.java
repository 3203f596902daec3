package org.tfmot.api.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.VersionDef;
import org.tfmot.api.LoopModels;
import org.tfmot.api.graph.NodeBuilder;

class DeepGraphsTest {

  private static GraphDef calling(int operations) {
    FunctionDef.Builder body =
        LoopModels.function("body", List.of("a"), List.of(DataType.DT_FLOAT));
    body.getSignatureBuilder().addOutputArg(LoopModels.argument("r", DataType.DT_FLOAT));
    for (int i = 0; i < operations; i++) {
      String input = i == 0 ? "a" : "n" + (i - 1) + ":y:0";
      body.addNodeDef(LoopModels.node("Neg", "n" + i, DataType.DT_FLOAT, input));
    }
    body.putRet("r", "n" + (operations - 1) + ":y:0");
    GraphDef.Builder graph =
        GraphDef.newBuilder()
            .setVersions(VersionDef.newBuilder().setProducer(1994))
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", DataType.DT_FLOAT)
                    .attr("shape", Shape.of(1))
                    .build())
            .addNode(
                NodeBuilder.op("PartitionedCall", "y")
                    .inputs("x")
                    .attr("Tin", List.of(DataType.DT_FLOAT))
                    .attr("Tout", List.of(DataType.DT_FLOAT))
                    .attr("f", LoopModels.function("body"))
                    .build());
    graph.getLibraryBuilder().addFunction(body);
    return graph.build();
  }

  private static boolean isOptimized(GraphDef graph) {
    return !DeepGraphs.config(graph, ConfigProto.getDefaultInstance())
        .getGraphOptions()
        .getRewriteOptions()
        .getDisableMetaOptimizer();
  }

  @Test
  void aDeepBody_isAsDeepAsADeepGraph() {
    assertEquals(true, isOptimized(calling(500)));
    assertEquals(false, isOptimized(calling(10_000)));
  }
}
