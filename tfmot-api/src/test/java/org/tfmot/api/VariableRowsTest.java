package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** Embeddings that read behind a variable's handle read its value. */
class VariableRowsTest {

  @Test
  void rowsBehindAHandle_areThoseOfTheValue() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x = TestModels.input(tf, "x", -1);
              var table =
                  TestModels.variable(
                      tf, Kind.RESOURCE, "table", Shape.of(3, 2), TestModels.KERNEL);
              Operand<TFloat32> rows =
                  tf.withName("rows")
                      .resourceGather(
                          table.variable().op().output(0),
                          tf.dtypes.cast(x, TInt32.class),
                          TFloat32.class);
              return Endpoints.builder().input("x", x).output("y", rows).build();
            });
    GraphModel changed = VariableRows.ofValues(model);
    assertEquals("GatherV2", new GraphEditor(changed.graphDef()).node("rows").getOp());
    float[] expected = {-1, 0.25f, 1, -2};
    for (GraphModel each : List.of(model, changed, changed.freeze())) {
      try (LiveModel live = each.open();
          TFloat32 x = TFloat32.tensorOf(StdArrays.ndCopyOf(new float[] {2, 0}));
          Result result = live.run(Map.of("x", x))) {
        assertArrayEquals(expected, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
      }
    }
    assertSame(changed, VariableRows.ofValues(changed));
  }

  @Test
  void rowsOfABatch_areThoseOfTheirPart() {
    Shape shape = Shape.of(2, 2);
    NodeDef rows =
        NodeBuilder.op("ResourceGather", "call")
            .inputs("table", "i")
            .attr("dtype", DataType.DT_FLOAT)
            .attr("Tindices", DataType.DT_INT32)
            .build()
            .toBuilder()
            .putAttr("batch_dims", AttrValue.newBuilder().setI(1).build())
            .build();
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("VarHandleOp", "table")
                    .attr("dtype", DataType.DT_FLOAT)
                    .attr("shape", shape)
                    .attr("shared_name", "table")
                    .build())
            .addNode(NodeBuilder.constant("i", TensorProtos.ints(Shape.of(2), 1, 0)))
            .addNode(rows)
            .build();
    GraphModel model =
        GraphModel.of(
            graph,
            Endpoints.builder().output("y", "call").build(),
            List.of(
                new Variable(
                    "table", Kind.RESOURCE, true, TensorProtos.floats(shape, 1, 2, 3, 4))));
    for (GraphModel each : List.of(model, VariableRows.ofValues(model))) {
      try (LiveModel live = each.open();
          Result result = live.run(Map.of())) {
        assertArrayEquals(
            new float[] {2, 3}, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
      }
    }
  }

  @Test
  void rowsThatWait_areReadAfterwards() {
    GraphDef.Builder graph = TestModels.dense(Kind.RESOURCE).graphDef().toBuilder();
    graph.addNode(NodeBuilder.constant("i", TensorProtos.scalar(0)));
    graph.addNode(
        NodeBuilder.op("ResourceGather", "rows")
            .inputs("kernel", "i", "^MatMul")
            .attr("dtype", DataType.DT_FLOAT)
            .attr("Tindices", DataType.DT_INT32)
            .build());
    GraphModel dense = TestModels.dense(Kind.RESOURCE);
    GraphModel model =
        GraphModel.of(
            graph.build(),
            Endpoints.builder().input("x", "x").output("y", "rows").build(),
            dense.variables().values());
    GraphEditor changed = new GraphEditor(VariableRows.ofValues(model).graphDef());
    assertEquals(
        List.of("kernel", "^MatMul"), changed.input(changed.node("rows"), 0).getInputList());
  }
}
