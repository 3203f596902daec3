package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/** Layers whose names are like those of quantizers are quantized as under any other name. */
class QuantizerNamesTest {

  private static final String PLAIN = "net/plain/tanh";

  @ParameterizedTest
  @ValueSource(strings = {"net/fake_quant/tanh", "dense/MatMul/fake_quant"})
  void calibration_quantizesTheSameTensors(String name) {
    assertEquals(wiring(calibrated(PLAIN)), wiring(calibrated(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"net/fake_quant/tanh", "dense/MatMul/fake_quant"})
  void training_quantizesTheSameTensors(String name) {
    Optimized plain = trained(PLAIN);
    Optimized named = trained(name);
    assertEquals(wiring(plain.model()), wiring(named.model()));
    assertEquals(wiring(plain.strip()), wiring(named.strip()));
  }

  private static GraphModel calibrated(String name) {
    try (TFloat32 image = TestTraining.random(Shape.of(8, 4), 1)) {
      return PostTrainingQuantization.builder()
          .build()
          .calibrate(model(name).toInference(), List.of(Map.of("image", image)))
          .model();
    }
  }

  private static Optimized trained(String name) {
    Optimized optimized = QuantizationAwareTraining.create().apply(model(name));
    try (TestTraining training = new TestTraining(optimized, 8)) {
      training.step(0);
      return training.trained();
    }
  }

  /** A product, and behind it layers in the scope of one of a given name. */
  private static GraphModel model(String name) {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 4),
        (layers, image) -> {
          String[] parts = name.split("/", -1);
          Ops tf = layers.tf();
          for (int i = 0; i < parts.length - 1; i++) {
            tf = tf.withSubScope(parts[i]);
          }
          Operand<TFloat32> product = layers.matMul("dense", image, 4);
          Operand<TFloat32> x = tf.withName(parts[parts.length - 1]).math.tanh(product);
          x = tf.withName("scaled").math.mul(x, layers.weight("a", "scale", Shape.of(1), 0.7f));
          // A reader of the product in the scope, too.
          return tf.withName("sum").math.add(x, product);
        });
  }

  /** Every operation with those that it reads, without names. */
  private static List<String> wiring(GraphModel model) {
    GraphEditor graph = new GraphEditor(model.graphDef());
    return graph.nodes().stream()
        .map(
            node ->
                node.getOp()
                    + node.getInputList().stream().map(i -> graph.producer(i).getOp()).toList())
        .sorted()
        .toList();
  }
}
