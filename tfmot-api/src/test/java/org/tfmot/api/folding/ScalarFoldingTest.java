package org.tfmot.api.folding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

class ScalarFoldingTest {

  @Test
  void arithmeticOnConstants_isComputed() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(NodeBuilder.constant("one", TensorProtos.scalar(1f)))
            .addNode(NodeBuilder.constant("rate", TensorProtos.floats(Shape.of(1), 0.25f)))
            .addNode(NodeBuilder.constant("many", TensorProtos.floats(Shape.of(2), 1, 2)))
            .addNode(NodeBuilder.op("Sub", "keep").inputs("one", "rate").build())
            .addNode(NodeBuilder.op("RealDiv", "scale").inputs("one", "keep").build())
            .addNode(NodeBuilder.op("Mul", "unknown").inputs("one", "many").build())
            .build();
    GraphEditor editor = new GraphEditor(graph);
    assertEquals(1 / 0.75, ScalarFolding.value(editor, "scale"));
    assertNull(ScalarFolding.value(editor, "unknown"));
  }

  @Test
  void halfPrecision_isComputedWith() {
    TensorProto.Builder value =
        TensorProto.newBuilder().setTensorShape(TensorProtos.shapeProto(Shape.scalar()));
    GraphDef graph =
        GraphDef.newBuilder()
            // 0.5 in both formats
            .addNode(
                NodeBuilder.constant(
                    "half", value.clone().setDtype(DataType.DT_HALF).addHalfVal(0x3800).build()))
            .addNode(
                NodeBuilder.constant(
                    "brain",
                    value.clone().setDtype(DataType.DT_BFLOAT16).addHalfVal(0x3F00).build()))
            .build();
    GraphEditor editor = new GraphEditor(graph);
    assertEquals(0.5, ScalarFolding.value(editor, "half"));
    assertEquals(0.5, ScalarFolding.value(editor, "brain"));
  }

  @ParameterizedTest
  @EnumSource(names = {"DT_COMPLEX64", "DT_UINT32", "DT_UINT64", "DT_STRING", "DT_BOOL"})
  void constantOfAnotherType_isNoNumber(DataType type) {
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(type)
            .setTensorShape(TensorProtos.shapeProto(Shape.scalar()))
            .build();
    GraphDef graph = GraphDef.newBuilder().addNode(NodeBuilder.constant("c", value)).build();
    assertNull(ScalarFolding.value(new GraphEditor(graph), "c"));
  }
}
