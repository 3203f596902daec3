package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.SwitchCond;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.techniques.functions.ScalarFunctions;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;

class FloatBarriersTest {

  private static GraphDef graph(String op) {
    return GraphDef.newBuilder()
        .addNode(
            NodeDef.newBuilder()
                .setName("f")
                .setOp(op)
                .putAttr(ScalarFunctions.FLOAT, AttrValue.newBuilder().setB(true).build()))
        .build();
  }

  /** A file with a cosine whose name tells nothing. */
  private static TfLiteModel cosine() {
    FileBuilder file = new FileBuilder();
    int x = file.tensor(TensorType.FLOAT32, 1, 2);
    int y = file.tensor(TensorType.FLOAT32, 1, 2);
    return file.operator("COS", new int[] {x}, y).inputs(x).outputs(y).model();
  }

  @Test
  void barrierUnderAnotherName_isRefused() {
    Exception e =
        assertThrows(
            TfLiteConversionException.class, () -> FloatBarriers.remove(cosine(), graph("Sin")));
    assertTrue(e.getMessage().contains("of the cosines [t1] the graph has 0"), e.getMessage());
  }

  @Test
  void cosineOfTheGraph_stays() {
    assertEquals(1, FloatBarriers.remove(cosine(), graph("Cos")).operators().size());
  }

  /** The converter names what gives an output after the output. */
  @Test
  void operationInFloat_thatAnOutputPassesOn_isConverted() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 4)));
              Operand<TFloat32> product = tf.withName("double").math.mul(x, tf.constant(2f));
              Operand<TFloat32> decay = tf.withName("decay1").math.log1p(tf.nn.relu(product));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.withName("result").identity(tf.identity(decay)))
                  .output("same", decay)
                  .inference()
                  .build();
            });
    float[] values = {0.5f, 1, 0.25f, -1};
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(1, 4), DataBuffers.of(values))) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(16)
              .build()
              .calibrate(model, List.of(Map.of("x", x)));
      // Of a name with digits the converter makes several with more digits.
      TfLiteModel file =
          TfLiteConverter.of(calibrated.model()).int16x8().allowFloat("decay1").convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        Map<String, float[]> results = interpreter.run(Map.of("x", values), 1);
        float[] expected = {(float) Math.log(2), (float) Math.log(3), (float) Math.log(1.5), 0};
        assertArrayEquals(expected, results.get("y"), 1e-3f);
        assertArrayEquals(expected, results.get("same"), 1e-3f);
      }
    }
  }

  /** The converter makes graphs of their own of branches, in which it quantizes nothing. */
  @Test
  void branchOfTensorFlow1_computesItsOwnOperations() {
    float[] values = {0.5f, -1, 2, -0.25f};
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 4)));
              Operand<TBool> condition =
                  tf.withName("condition")
                      .placeholder(TBool.class, Placeholder.shape(Shape.scalar()));
              SwitchCond<TFloat32> branch =
                  tf.switchCond(tf.nn.relu(tf.math.mul(x, tf.constant(2f))), condition);
              Operand<TFloat32> doubled =
                  tf.math.mul(branch.outputTrue(), tf.constant(new float[] {2, 2, 2, 3}));
              Operand<TFloat32> bounded = tf.math.tanh(branch.outputFalse());
              return Endpoints.builder()
                  .input("x", x)
                  .input("condition", condition)
                  .output("y", tf.merge(List.of(bounded, doubled)).output())
                  .inference()
                  .build();
            });
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(1, 4), DataBuffers.of(values));
        TBool no = TBool.scalarOf(false)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("x", x, "condition", no)));
      List<String> skipped =
          calibrated.report().skipped().stream().map(OptimizationReport.Entry::operation).toList();
      TfLiteModel file =
          TfLiteConverter.of(calibrated.model()).int8().allowFloat(skipped).convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] tanh = {(float) Math.tanh(1), 0, (float) Math.tanh(4), 0};
        assertArrayEquals(tanh, branch(interpreter, values, 0), 0.02f);
        assertArrayEquals(new float[] {2, 0, 8, 0}, branch(interpreter, values, 1), 0.05f);
      }
    }
  }

  private static float[] branch(TfLiteInterpreter interpreter, float[] x, float condition) {
    Map<String, float[]> inputs = Map.of("x", x, "condition", new float[] {condition});
    return Objects.requireNonNull(interpreter.run(inputs, 1).get("y"));
  }
}
