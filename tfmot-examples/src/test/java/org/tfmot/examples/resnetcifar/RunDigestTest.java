package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;

class RunDigestTest {

  private final GraphModel model = TinyResNet.model();

  @Test
  void of_doesNotDependOnTheOrderOfNodesAndAttributes() {
    List<NodeDef> nodes = new ArrayList<>();
    model.graphDef().getNodeList().forEach(node -> nodes.add(attributesReversed(node)));
    Collections.reverse(nodes);
    GraphDef reordered = GraphDef.newBuilder().addAllNode(nodes).build();
    assertNotEquals(model.graphDef().toByteString(), reordered.toByteString());
    GraphModel other =
        GraphModel.of(reordered, model.endpoints(), List.copyOf(model.variables().values()));
    assertEquals(RunDigest.of(model, "a", 1), RunDigest.of(other, "a", 1));
  }

  @Test
  void of_dependsOnSettingsAndGraph() {
    assertNotEquals(RunDigest.of(model, "a", 1), RunDigest.of(model, "a", 2));
    assertNotEquals(RunDigest.of(model, "a"), RunDigest.of(model.toInference(), "a"));
  }

  private static NodeDef attributesReversed(NodeDef node) {
    List<Map.Entry<String, AttrValue>> attributes = new ArrayList<>(node.getAttrMap().entrySet());
    Collections.reverse(attributes);
    NodeDef.Builder builder = node.toBuilder().clearAttr();
    attributes.forEach(entry -> builder.putAttr(entry.getKey(), entry.getValue()));
    return builder.build();
  }
}
