package org.tfmot.officialmodels.core;

import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Tensor;

/**
 * The tensors of one training step; closing it frees them.
 *
 * @param tensors a tensor for each of the model's inputs and the task's labels, by name
 * @param size how many examples
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Batch(Map<String, Tensor> tensors, int size) implements AutoCloseable {

  /** Copies the map. */
  public Batch {
    tensors = Map.copyOf(tensors);
  }

  /**
   * One tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the batch has no tensor \"%s\", only %s".formatted(name, tensors.keySet()));
    }
    return tensor;
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
  }
}
