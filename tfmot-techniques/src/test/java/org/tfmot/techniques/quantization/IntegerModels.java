package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Compares simulated quantization with the integer model that the converter makes of it. */
public final class IntegerModels {

  /** The two ways to a quantized model with an input "image" and an output "logits". */
  enum Way implements BiFunction<GraphModel, Tensor, GraphModel> {
    POST_TRAINING {
      @Override
      public GraphModel apply(GraphModel model, Tensor image) {
        Calibrated calibrated =
            PostTrainingQuantization.builder()
                .build()
                .calibrate(model, List.of(Map.of("image", image)));
        assertEquals(List.of(), calibrated.report().skipped());
        return calibrated.model();
      }
    },
    AWARE {
      @Override
      public GraphModel apply(GraphModel model, Tensor image) {
        Optimized optimized = QuantizationAwareTraining.create().apply(model);
        assertEquals(List.of(), optimized.reports().get(0).skipped());
        return trainedOnce(optimized, image);
      }
    }
  }

  private IntegerModels() {}

  /** Runs the updates of ranges once and strips. */
  static GraphModel trainedOnce(Optimized optimized, Tensor image) {
    return trainedOnce(optimized, Map.of("image", image));
  }

  /** The same with a tensor for each input. */
  static GraphModel trainedOnce(Optimized optimized, Map<String, Tensor> feeds) {
    return afterOneStep(optimized, feeds).strip();
  }

  /** Runs the updates of ranges once. */
  static Optimized afterOneStep(Optimized optimized, Map<String, Tensor> feeds) {
    try (LiveModel live = optimized.model().open()) {
      Session.Runner runner = live.runner(feeds);
      optimized.model().updates().forEach(runner::addTarget);
      runner.fetch(live.output("logits")).run().close();
      return optimized.withModel(live.snapshot());
    }
  }

  /**
   * Verifies that a model becomes one of integers only, which answers as the simulation does.
   *
   * @param values the image's values
   * @param steps by how many steps of the output's scale the two may differ at most
   * @param share which share of the output may differ at all
   */
  static TfLiteModel assertAgree(
      GraphModel quantized, Tensor image, float[] values, int steps, double share) {
    TfLiteModel lite = TfLiteConverter.of(quantized).int8().convert();
    assertEquals(List.of(), lite.floatOperators());
    float[] expected = run(quantized, image);
    float[] actual;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(lite)) {
      actual = interpreter.run(values, (int) image.shape().get(0));
    }
    assertEquals(expected.length, actual.length);
    float step = outputStep(quantized);
    int different = 0;
    for (int i = 0; i < expected.length; i++) {
      different += Math.abs(expected[i] - actual[i]) > step / 2 ? 1 : 0;
    }
    float distance = Values.distance(expected, actual) / step;
    assertTrue(distance < steps + 0.01, distance + " steps");
    assertTrue(different <= share * expected.length, different + " of " + expected.length);
    assertTrue(Values.largest(expected) > 10 * step, "the output says nothing");
    return lite;
  }

  public static float[] run(GraphModel model, Tensor image) {
    int logits = List.copyOf(model.outputs().keySet()).indexOf("logits");
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("image", image))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(logits)));
    }
  }

  /** The step between two values of a quantized model's output. */
  static float outputStep(GraphModel quantized) {
    GraphEditor graph = new GraphEditor(quantized.graphDef());
    NodeDef node = graph.node(TensorRef.parse(quantized.outputs().get("logits")).node());
    while (!node.getOp().startsWith("FakeQuant")) {
      node = graph.input(node, Patterns.dataInputs(node)[0]);
    }
    int steps = node.getAttrOrThrow("narrow_range").getB() ? 254 : 255;
    return (constant(graph.input(node, 2)) - constant(graph.input(node, 1))) / steps;
  }

  private static float constant(NodeDef node) {
    return TensorProtos.toFloats(node.getAttrOrThrow("value").getTensor())[0];
  }
}
