package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

class GraphEditorTest {

  @Test
  void dataDependents_passesControlEdgesOver() {
    GraphEditor graph = new GraphEditor(GraphDef.getDefaultInstance());
    graph.add(NodeBuilder.op("Split", "x").build());
    graph.add(NodeBuilder.op("Neg", "data").inputs("x:1").build());
    graph.add(NodeBuilder.op("NoOp", "ordered").inputs("^x").build());
    graph.add(NodeBuilder.op("Neg", "afterOrdered").inputs("kernel", "^ordered").build());
    graph.add(NodeBuilder.op("Add", "both").inputs("afterOrdered", "data", "^x").build());
    graph.add(NodeBuilder.op("Add", "dataAndControl").inputs("kernel", "x", "^x").build());
    assertEquals(Set.of("x", "data", "both", "dataAndControl"), graph.dataDependents(List.of("x")));
    assertEquals(
        Set.of("x", "data", "ordered", "afterOrdered", "both", "dataAndControl"),
        graph.dependents(List.of("x")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void consumers_followEveryChange(boolean askedBefore) {
    GraphEditor graph = new GraphEditor(GraphDef.getDefaultInstance());
    graph.add(NodeBuilder.op("Const", "x").build());
    graph.add(NodeBuilder.op("Const", "y").build());
    graph.add(NodeBuilder.op("Neg", "moved").inputs("x").build());
    graph.add(NodeBuilder.op("Neg", "kept").inputs("x").build());
    graph.add(NodeBuilder.op("NoOp", "ordered").inputs("^x").build());
    graph.add(NodeBuilder.op("Neg", "unused").inputs("y").build());
    if (askedBefore) {
      assertEquals(List.of("moved", "kept", "ordered"), consumers(graph, "x"));
    }
    graph.setInput("moved", 0, "y");
    graph.add(NodeBuilder.op("Add", "late").inputs("x", "x").build());
    if (askedBefore) {
      assertEquals(List.of("kept", "ordered", "late"), consumers(graph, "x"));
      assertEquals(List.of("unused", "moved"), consumers(graph, "y"));
    }
    graph.retain(List.of("moved", "kept", "ordered", "late"));
    assertEquals(List.of("kept", "ordered", "late"), consumers(graph, "x"));
    assertEquals(List.of("moved"), consumers(graph, "y"));
    assertNull(graph.find("unused"));
    graph.redirect(TensorRef.of("x"), TensorRef.of("y"), node -> node.getName().equals("late"));
    assertEquals(List.of("kept", "ordered"), consumers(graph, "x"));
    assertEquals(List.of("moved", "late"), consumers(graph, "y"));
  }

  private static List<String> consumers(GraphEditor graph, String node) {
    return graph.consumers(node).stream().map(NodeDef::getName).toList();
  }
}
