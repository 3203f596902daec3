package org.tfmot.techniques.fuzz;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.summary.WeightSummary;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.tflite.TfLiteConverter;

/** What a user does with a model. */
final class Steps {

  private static final long MOST_ELEMENTS = 1 << 16;

  private Steps() {}

  /** Runs the model, and tries some of the techniques. */
  static void attempt(GraphModel model, Attempts attempts, Random random) {
    attempts.attempt("run", () -> run(model));
    List<Map.Entry<String, Callable<?>>> steps = new ArrayList<>(steps(model).entrySet());
    for (int i = 0; i < 2; i++) {
      Map.Entry<String, Callable<?>> step = steps.remove(random.nextInt(steps.size()));
      attempts.attempt(step.getKey(), step.getValue());
    }
  }

  private static Map<String, Callable<?>> steps(GraphModel model) {
    Map<String, Callable<?>> steps = new HashMap<>();
    steps.put("inference", model::toInference);
    steps.put("freeze", () -> model.toInference().freeze());
    steps.put("summary", () -> WeightSummary.of(model).toString());
    steps.put("random", model::randomOperations);
    steps.put("pruning", () -> Pruning.builder().oneShot(0.5).apply(model));
    steps.put("latency", () -> Pruning.builder().forLatency().oneShot(0.5).apply(model));
    steps.put("clustering", () -> Clustering.builder().clusters(4).build().apply(model));
    steps.put("quantization", () -> QuantizationAwareTraining.create().apply(model));
    steps.put("float", () -> TfLiteConverter.of(model).convert());
    steps.put("float16", () -> TfLiteConverter.of(model).float16().convert());
    steps.put("dynamic", () -> TfLiteConverter.of(model).dynamicRange().convert());
    steps.put(
        "int8",
        () ->
            TfLiteConverter.of(QuantizationAwareTraining.create().apply(model).strip())
                .int8()
                .convert());
    return steps;
  }

  private static boolean run(GraphModel model) {
    try (LiveModel live = model.open()) {
      Map<String, Tensor> feeds = new HashMap<>();
      try {
        for (String name : model.inputs().keySet()) {
          Output<?> input = live.input(name);
          Shape shape = Samples.closed(input.shape());
          if (shape.size() > MOST_ELEMENTS) {
            return false;
          }
          feeds.put(name, zeros(input, shape));
        }
        live.run(feeds).close();
      } finally {
        feeds.values().forEach(Tensor::close);
      }
    }
    return true;
  }

  @SuppressWarnings("unchecked")
  private static Tensor zeros(Output<?> input, Shape shape) {
    Class<TType> type = (Class<TType>) (Class<?>) input.type();
    long bytes = shape.size() * TensorTypeRegistry.find(input.dataType()).byteSize();
    return Tensor.of(type, shape, DataBuffers.ofBytes(Math.max(0, bytes)));
  }
}
