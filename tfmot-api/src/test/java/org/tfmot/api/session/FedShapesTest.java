package org.tfmot.api.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.VersionDef;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

class FedShapesTest {

  /** A product with a matrix of three rows. */
  private static FedShapes product() {
    return new FedShapes(
        GraphDef.newBuilder()
            .setVersions(VersionDef.newBuilder().setProducer(1994))
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", DataType.DT_FLOAT)
                    .attr("shape", Shape.unknown())
                    .build())
            .addNode(NodeBuilder.constant("w", TensorProtos.floats(Shape.of(3, 1), 1, 2, 3)))
            .addNode(
                NodeBuilder.op("MatMul", "y").inputs("x", "w").attr("T", DataType.DT_FLOAT).build())
            .build());
  }

  @Test
  void verify_byManyThreadsWithManyShapes_refusesTheWrongOnesAndRemembersFew() throws Exception {
    FedShapes shapes = product();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int rows = 1; rows <= 150; rows++) {
                    shapes.verify(Map.of("x", Shape.of(rows, 3)));
                    Map<String, Shape> wrong = Map.of("x", Shape.of(rows, 4));
                    assertThrows(IllegalArgumentException.class, () -> shapes.verify(wrong));
                  }
                } catch (RuntimeException | AssertionError e) {
                  failures.add(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(64, shapes.remembered());
  }
}
