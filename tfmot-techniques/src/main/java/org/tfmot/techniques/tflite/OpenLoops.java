package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.tensorflow.proto.GraphDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Names the loops that a graph still has when its conversion fails, each with what to do. */
final class OpenLoops {

  private static final String LISTS =
      "; TensorFlow Lite has no lists of tensors, over which it runs, so that it must be unrolled";

  private OpenLoops() {}

  /** Returns the failure with the loops in front of it, or the failure itself if there are none. */
  static TfLiteConversionException explain(
      TfLiteConversionException failure,
      GraphDef graphDef,
      Map<String, String> inputs,
      Map<String, String> outputs) {
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    inputs.forEach(endpoints::input);
    outputs.forEach(endpoints::output);
    Map<String, String> loops = GraphModel.of(graphDef, endpoints.build(), List.of()).loops();
    if (loops.isEmpty()) {
      return failure;
    }
    String words =
        loops.entrySet().stream()
            .map(loop -> "the loop \"%s\" stays: %s".formatted(loop.getKey(), loop.getValue()))
            .collect(Collectors.joining("; "));
    String message = String.valueOf(failure.getMessage());
    // What the converter says of such a loop's lists misleads: that they are variables.
    boolean lists = String.valueOf(failure.getCause()).contains("TensorList");
    String rest = lists ? LISTS : "\n" + message;
    return new TfLiteConversionException(words + rest, failure);
  }
}
