package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.LargeGraphs;
import org.tfmot.techniques.tflite.TfLiteConverter;

class FiniteWeightsTest {

  private static GraphDef graph(TensorProto value, String op) {
    GraphEditor graph = LargeGraphs.start();
    graph.add(NodeBuilder.constant("value", value));
    graph.add(LargeGraphs.node("Identity", "read", "value"));
    graph.add(node(op));
    return graph.build();
  }

  private static NodeDef node(String op) {
    if (!op.equals("SelectV2")) {
      return LargeGraphs.node(op, "y", "image", "read");
    }
    return NodeBuilder.op("SelectV2", "y")
        .inputs("chosen", "read", "image")
        .attr("T", DataType.DT_FLOAT)
        .build();
  }

  private static TfLiteConverter converter(TensorProto value, String op) {
    GraphDef.Builder graph = graph(value, op).toBuilder();
    if (op.equals("SelectV2")) {
      graph.addNode(
          NodeBuilder.constant(
              "chosen",
              TensorProto.newBuilder()
                  .setDtype(DataType.DT_BOOL)
                  .setTensorShape(TensorProtos.shapeProto(Shape.of(4)))
                  .addBoolVal(true)
                  .build()));
    }
    return TfLiteConverter.of(graph.build(), Map.of("x", "image:0"), Map.of("y", "y:0"));
  }

  private static TensorProto matrix(float odd) {
    float[] values = new float[16];
    values[5] = odd;
    return TensorProtos.floats(Shape.of(4, 4), values);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aWeightThatIsNotFinite_isRefusedByName(float odd) {
    assertRefused(() -> converter(matrix(odd), "MatMul"), "\"value\"", "not finite");
    GraphModel model = LargeGraphs.layers(1);
    GraphModel broken = model.withValues(Map.of("matrix0", matrix(odd)));
    assertRefused(() -> TfLiteConverter.of(broken), "\"matrix0\"", "not finite");
  }

  @ParameterizedTest
  @CsvSource({"Minimum,Infinity", "Maximum,-Infinity", "SelectV2,NaN", "SelectV2,Infinity"})
  void aBoundOrAFiller_isNoWeight(String op, float bound) {
    assertTrue(converter(TensorProtos.scalar(bound), op).convert().toByteArray().length > 0);
  }

  @Test
  void aMask_isNoWeight_andABiasIsOne() {
    float[] mask = {0, Float.NEGATIVE_INFINITY, 0, 0};
    assertDoesNotThrow(() -> converter(TensorProtos.floats(Shape.of(1, 4), mask), "AddV2"));
    assertRefused(() -> converter(TensorProtos.floats(Shape.of(4), mask), "AddV2"), "\"value\"");
    assertRefused(() -> converter(TensorProtos.floats(Shape.of(1, 4), mask), "Mul"), "-Infinity");
  }

  @Test
  void numbersOf16Bits_areLookedAt() {
    for (int bits : new int[] {0x7C00, 0xFC00, 0x7E00}) {
      assertTrue(isRefused(DataType.DT_HALF, bits), Integer.toHexString(bits));
    }
    for (int bits : new int[] {0x7F80, 0xFF80, 0x7FC0}) {
      assertTrue(isRefused(DataType.DT_BFLOAT16, bits), Integer.toHexString(bits));
    }
    assertTrue(!isRefused(DataType.DT_HALF, 0x7BFF) && !isRefused(DataType.DT_BFLOAT16, 0x7F7F));
  }

  private static boolean isRefused(DataType type, int bits) {
    TensorProto value =
        TensorProto.newBuilder()
            .setDtype(type)
            .setTensorShape(TensorProtos.shapeProto(Shape.of(1)))
            .addHalfVal(bits)
            .build();
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(NodeBuilder.constant("v", value))
            .addNode(NodeBuilder.op("Neg", "y").inputs("v").attr("T", type).build())
            .build();
    try {
      FiniteWeights.verify(graph);
      return false;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }
}
