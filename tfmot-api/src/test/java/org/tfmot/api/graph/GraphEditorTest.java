package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.GraphDef;

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
}
