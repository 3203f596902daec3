package org.tfmot.api.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;

/** What TensorFlow refuses is said with the operation and what to do, its own error behind it. */
class TensorFlowErrorsTest {

  private static GraphDef transposed(int... permutation) {
    return GraphDef.newBuilder()
        .addNode(NodeBuilder.constant("x", TensorProtos.floats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)))
        .addNode(
            NodeBuilder.constant("p", TensorProtos.ints(Shape.of(permutation.length), permutation)))
        .addNode(
            NodeBuilder.op("Transpose", "y")
                .inputs("x", "p")
                .attr("T", DataType.DT_FLOAT)
                .attr("Tperm", DataType.DT_INT32)
                .build())
        .build();
  }

  @Test
  void graphThatTensorFlowRefuses_isExplained() {
    try (Graph graph = new Graph()) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> TensorFlowErrors.importInto(graph, transposed(0, 5)));
      assertEquals(
          "the graph is not valid: TensorFlow refuses \"y\" (Transpose): perm dim 5 is out of range"
              + " of input rank 2 (inputs of the shapes [2,3], [2] and with computed input tensors:"
              + " input[1] = <0 5>); correct its attributes or what it reads where the graph is"
              + " built",
          e.getMessage());
      assertInstanceOf(TFInvalidArgumentException.class, e.getCause());
    }
  }

  @Test
  void operationThatFailsInARun_isExplained() {
    GraphDef graphDef = transposed(0, 0);
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, graphDef);
      try (Session session = new Session(graph)) {
        Exception e =
            assertThrows(
                IllegalArgumentException.class,
                () -> TensorFlowErrors.run(session.runner().fetch("y"), graphDef));
        assertEquals(
            "the model cannot be run: TensorFlow fails at \"y\" (Transpose): 1 is missing from"
                + " {0,0}; correct its attributes or what it reads where the graph is built",
            e.getMessage());
        assertInstanceOf(TFInvalidArgumentException.class, e.getCause());
      }
    }
  }
}
