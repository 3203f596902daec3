package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;

/** TensorFlow's information stays off the terminal, in a process that nobody has told so. */
class QuietGradientsTest {

  private static final String LEVEL = "TF_CPP_MIN_LOG_LEVEL";

  @Test
  void differentiation_printsNothing_unlessTheUserAsksForInformation() throws Exception {
    String quiet = output(null);
    assertFalse(quiet.contains("Calling Java gradient function"), quiet);
    assertFalse(quiet.contains("cpu_feature_guard"), quiet);

    String asked = output("0");
    assertTrue(asked.contains("Calling Java gradient function"), asked);
  }

  private static String output(String level) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                Differentiation.class.getName())
            .redirectErrorStream(true);
    builder.environment().remove(LEVEL);
    if (level != null) {
      builder.environment().put(LEVEL, level);
    }
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  /** Differentiates a quantized product. */
  static final class Differentiation {

    private Differentiation() {}

    public static void main(String[] arguments) {
      GraphModel model =
          GraphModel.build(
              tf -> {
                Placeholder<TFloat32> x =
                    tf.withName("x")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
                VarHandleOp w =
                    tf.withName("w")
                        .varHandleOp(TFloat32.class, Shape.of(2, 2), VarHandleOp.sharedName("w"));
                Ops init = tf.withInitScope();
                init.assignVariableOp(w, init.constant(new float[][] {{1, 2}, {3, 4}}));
                Operand<TFloat32> y = tf.linalg.matMul(x, tf.readVariableOp(w, TFloat32.class));
                return Endpoints.builder().input("x", x).output("y", y).training(true).build();
              });
      GraphModel quantized = QuantizationAwareTraining.create().apply(model).model();
      try (LiveModel live = quantized.open()) {
        Operand<TFloat32> y =
            live.graph().operation(quantized.outputs().get("y").split(":", -1)[0]).output(0);
        Operand<?> weight = live.graph().operation("w").output(0);
        live.graph().addGradients(y.asOutput(), new org.tensorflow.Output<?>[] {weight.asOutput()});
        assertEquals(List.of(), live.model().randomOperations());
      }
    }
  }
}
