package org.tfmot.techniques.tflite;

import java.util.List;
import org.apiguardian.api.API;

/**
 * One operation of a TensorFlow Lite model.
 *
 * @param name the name of the builtin operation, such as {@code CONV_2D}, or of the custom one
 * @param version the version of the operation that the runtime has to know
 * @param custom whether the runtime has no builtin kernel for it
 * @param inputs indexes into {@link TfLiteModel#tensors()}; -1 where an optional input is absent
 * @param outputs indexes into {@link TfLiteModel#tensors()}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TfLiteOperator(
    String name, int version, boolean custom, List<Integer> inputs, List<Integer> outputs) {

  /** Copies the lists. */
  public TfLiteOperator {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
