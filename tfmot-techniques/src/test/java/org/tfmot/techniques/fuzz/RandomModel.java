package org.tfmot.techniques.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** A model of random layers and examples for its inputs. */
final class RandomModel implements AutoCloseable {

  private static final int EXAMPLES = 16;
  private static final double FARTHEST = 2.5;

  private final long seed;
  private final GraphModel model;
  private final List<String> layers;
  private final int batch;
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private final List<Map<String, Tensor>> feeds = new ArrayList<>();

  /**
   * Draws the examples of a model.
   *
   * @param inputs the shapes of an example
   * @param single whether the model takes one example at a time
   * @param scale the standard deviation of the examples of floats
   * @param words how many words there are, for the input {@code words}
   */
  RandomModel(
      long seed,
      GraphModel model,
      List<String> layers,
      Map<String, Shape> inputs,
      boolean single,
      double scale,
      int words) {
    this.seed = seed;
    this.model = model;
    this.layers = List.copyOf(layers);
    this.batch = single ? 1 : EXAMPLES;
    Random random = new Random(seed);
    inputs.forEach(
        (name, shape) -> {
          float[] drawn = new float[EXAMPLES * (int) shape.size()];
          for (int i = 0; i < drawn.length; i++) {
            double value = Math.max(-FARTHEST, Math.min(FARTHEST, random.nextGaussian()));
            drawn[i] = name.equals("words") ? random.nextInt(words) : (float) (scale * value);
          }
          values.put(name, drawn);
        });
    for (int first = 0; first < EXAMPLES; first += batch) {
      Map<String, Tensor> feed = new LinkedHashMap<>();
      for (Map.Entry<String, Shape> input : inputs.entrySet()) {
        feed.put(input.getKey(), tensor(input.getKey(), input.getValue(), first));
      }
      feeds.add(feed);
    }
  }

  private Tensor tensor(String name, Shape shape, int first) {
    float[] part = part(name, first);
    Shape whole = Shape.of(batch).append(shape);
    if (!name.equals("words")) {
      return TFloat32.tensorOf(whole, DataBuffers.of(part));
    }
    int[] words = new int[part.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = (int) part[i];
    }
    return TInt32.tensorOf(whole, DataBuffers.of(words));
  }

  private float[] part(String name, int first) {
    float[] all = values.get(name);
    int length = all.length / EXAMPLES;
    return Arrays.copyOfRange(all, first * length, (first + batch) * length);
  }

  GraphModel model() {
    return model;
  }

  /** Feeds with all examples, one or some at a time. */
  List<Map<String, Tensor>> feeds() {
    return feeds;
  }

  /** Returns whether a layer jumps, behind which a small error may be a large one. */
  boolean jumps() {
    return layers.stream().anyMatch(ElementLayers.JUMPS::contains);
  }

  /** Computes all examples with TensorFlow. */
  Map<String, float[]> run(GraphModel graph) {
    Map<String, float[]> all = new LinkedHashMap<>();
    try (LiveModel live = graph.open()) {
      for (Map<String, Tensor> feed : feeds) {
        try (Result result = live.run(feed)) {
          int index = 0;
          for (String name : graph.outputs().keySet()) {
            append(all, name, TensorProtos.toFloats(TensorProtos.of(result.get(index++))));
          }
        }
      }
    }
    return all;
  }

  /** Computes all examples with TensorFlow Lite. */
  Map<String, float[]> run(TfLiteModel file) {
    Map<String, float[]> all = new LinkedHashMap<>();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (int first = 0; first < EXAMPLES; first += batch) {
        Map<String, float[]> inputs = new LinkedHashMap<>();
        for (String name : values.keySet()) {
          inputs.put(name, part(name, first));
        }
        interpreter.run(inputs, batch).forEach((name, part) -> append(all, name, part));
      }
    }
    return all;
  }

  private static void append(Map<String, float[]> all, String name, float[] part) {
    all.merge(
        name,
        part,
        (before, more) -> {
          float[] joined = Arrays.copyOf(before, before.length + more.length);
          System.arraycopy(more, 0, joined, before.length, more.length);
          return joined;
        });
  }

  @Override
  public void close() {
    feeds.forEach(feed -> feed.values().forEach(Tensor::close));
  }

  @Override
  public String toString() {
    return seed + " " + layers;
  }
}
