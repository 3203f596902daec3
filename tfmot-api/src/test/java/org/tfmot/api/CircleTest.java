package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.NodeBuilder;

/** A graph whose nodes need each other can be looked at, and nothing else. */
class CircleTest {

  @TempDir Path folder;

  private final GraphModel model =
      GraphModel.of(
          GraphDef.newBuilder()
              .addNode(
                  NodeBuilder.op("Placeholder", "x")
                      .attr("dtype", DataType.DT_FLOAT)
                      .attr("shape", Shape.of(2))
                      .build())
              .addNode(node("Relu", "i", "k"))
              .addNode(node("Relu", "j", "i"))
              .addNode(node("Relu", "k", "j"))
              .addNode(node("AddV2", "y", "x", "k"))
              .build(),
          Endpoints.builder().input("x", "x").output("y", "y").build(),
          List.of());

  private static NodeDef node(String op, String name, String... inputs) {
    return NodeBuilder.op(op, name).inputs(inputs).attr("T", DataType.DT_FLOAT).build();
  }

  @Test
  void model_canBeLookedAt() {
    assertEquals(5, model.graphDef().getNodeCount());
    assertEquals(List.of(), model.randomOperations());
    assertEquals(model.graphDef(), model.withTraining(true).graphDef());
  }

  @Test
  void everyUse_isRefused_withTheNodesOfTheCircle() {
    refused(() -> model.open().close());
    refused(model::freeze);
    refused(model::toInference);
    refused(() -> model.save(folder.resolve("model")));
    refused(() -> new ModelEditor(model));
    refused(() -> model.withTraining(true).open().close());
  }

  private static void refused(Executable use) {
    String message = String.valueOf(assertThrows(IllegalArgumentException.class, use).getMessage());
    for (String name : List.of("i", "j", "k")) {
      assertTrue(message.contains('"' + name + '"'), message);
    }
  }
}
