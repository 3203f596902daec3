package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;

/** Inputs of open shapes, ends of other floating-point types, and loops of TensorFlow 1. */
class OpenEndsTest {

  private static final float[] KERNEL = {1, -0.5f, 0.25f, 2, 0.75f, -1};

  private static GraphModel images(Shape shape) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
          Operand<TFloat32> kernel = tf.constant(Shape.of(1, 1, 3, 2), DataBuffers.of(KERNEL));
          Operand<TFloat32> y = tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
          return Endpoints.builder().input("x", x).output("y", y).build();
        });
  }

  @Test
  void inputOfAnyRank_isNamed_andConvertsWhenItIsFixed() {
    GraphModel open = images(Shape.unknown());
    for (TfLiteConverter converter :
        List.of(
            TfLiteConverter.of(open),
            TfLiteConverter.of(open).float16(),
            TfLiteConverter.of(open).dynamicRange(),
            TfLiteConverter.of(open).int8(),
            TfLiteConverter.of(open).int16x8())) {
      var error = assertThrows(TfLiteConversionException.class, converter::convert);
      assertTrue(error.getMessage().contains("\"x\" is of any rank"), error.getMessage());
      assertTrue(error.getMessage().contains("withInputShape(\"x\""), error.getMessage());
    }
    GraphModel fixed = open.withInputShape("x", Shape.of(-1, 4, 4, 3));
    assertEquals(Set.of("y"), TfLiteConverter.of(fixed).convert().outputs().keySet());
  }

  private static <T extends TNumber> GraphModel ends(Class<T> type) {
    return GraphModel.build(
        tf -> {
          Placeholder<T> x = tf.withName("x").placeholder(type, Placeholder.shape(Shape.of(-1, 3)));
          Operand<TFloat32> kernel = tf.constant(Shape.of(3, 2), DataBuffers.of(KERNEL));
          Operand<TFloat32> y = tf.linalg.matMul(tf.dtypes.cast(x, TFloat32.class), kernel);
          Operand<T> half = tf.dtypes.cast(tf.nn.relu(y), type);
          return Endpoints.builder().input("x", x).output("y", tf.math.add(half, half)).build();
        });
  }

  @ParameterizedTest
  @ValueSource(classes = {TFloat16.class, TBfloat16.class, TFloat64.class})
  <T extends TNumber> void endsOfOtherFloats_areFloat32InTheFile(Class<T> type) {
    TfLiteModel file = TfLiteConverter.of(ends(type)).convert();
    for (int end : List.of(file.inputs().get("x"), file.outputs().get("y"))) {
      assertEquals(TensorType.FLOAT32, file.tensors().get(end).type());
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      // (1, 2, 4) by the kernel is (4.5, -0.5): positive parts, twice.
      assertArrayEquals(new float[] {9, 0}, interpreter.run(new float[] {1, 2, 4}, 1), 1e-5f);
    }
  }

  @Test
  void endsOfDoubles_areOfIntegersInside() {
    GraphModel model = ends(TFloat64.class);
    try (TFloat64 x = TFloat64.tensorOf(Shape.of(2, 3), DataBuffers.of(1d, 2, 4, -1, 0, 3))) {
      var calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("x", x)));
      List<String> skipped =
          calibrated.report().skipped().stream().map(entry -> entry.operation()).toList();
      TfLiteModel file =
          TfLiteConverter.of(calibrated.model()).int8().allowFloat(skipped).convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] y = interpreter.run(new float[] {1, 2, 4}, 1);
        assertArrayEquals(new float[] {9, 0}, y, 0.15f);
      }
    }
  }

  @Test
  void loopOfTensorFlow1_isListed_andNamedWhenConversionFails() {
    DataType type = DataType.DT_FLOAT;
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", type)
                    .attr("shape", Shape.scalar())
                    .build())
            .addNode(
                NodeBuilder.op("Enter", "enter")
                    .inputs("x")
                    .attr("T", type)
                    .attr("frame_name", "rnn/while/while_context")
                    .build())
            .addNode(
                NodeBuilder.op("Merge", "merge")
                    .inputs("enter", "next")
                    .attr("T", type)
                    .attr("N", 2)
                    .build())
            .addNode(NodeBuilder.constant("limit", TensorProtos.scalar(100f)))
            .addNode(
                NodeBuilder.op("Enter", "bound")
                    .inputs("limit")
                    .attr("T", type)
                    .attr("is_constant", true)
                    .attr("frame_name", "rnn/while/while_context")
                    .build())
            .addNode(
                NodeBuilder.op("Less", "less").inputs("merge", "bound").attr("T", type).build())
            .addNode(NodeBuilder.op("LoopCond", "cond").inputs("less").build())
            .addNode(
                NodeBuilder.op("Switch", "switch").inputs("merge", "cond").attr("T", type).build())
            .addNode(
                NodeBuilder.op("AddV2", "twice")
                    .inputs("switch:1", "switch:1")
                    .attr("T", type)
                    .build())
            .addNode(
                NodeBuilder.op("NextIteration", "next").inputs("twice").attr("T", type).build())
            .addNode(NodeBuilder.op("Exit", "y").inputs("switch").attr("T", type).build())
            .build();
    GraphModel model =
        GraphModel.of(
            graph, Endpoints.builder().input("x", "x").output("y", "y").build(), List.of());
    assertEquals(Set.of("rnn/while/while_context"), model.loops().keySet());
    var unrolled = assertThrows(IllegalArgumentException.class, () -> model.unrollLoops(8));
    assertTrue(unrolled.getMessage().contains("loop of TensorFlow 1"), unrolled.getMessage());
    var error =
        assertThrows(TfLiteConversionException.class, () -> TfLiteConverter.of(model).convert());
    assertTrue(
        error
            .getMessage()
            .contains("\"rnn/while/while_context\" stays: it is a loop of TensorFlow"),
        error.getMessage());
  }
}
