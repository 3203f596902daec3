package org.tfmot.techniques.quantization;

import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Training steps of a model whose input, a vector, is quantized in some way. */
final class RangeInTraining implements AutoCloseable {

  static final String QUANTIZER = "image/fake_quant";

  private final Optimized optimized;
  private final LiveModel live;

  RangeInTraining(Quantizer quantizer) {
    optimized =
        QuantizationAwareTraining.builder()
            .layer(LayerSelector.named("image"), LayerQuantization.ofActivations(quantizer))
            .build()
            .apply(
                TestLayers.model(
                    Kind.RESOURCE, Shape.of(-1), (layers, x) -> layers.relu("only", x)));
    live = optimized.model().open(Threads.ONE);
  }

  /** One step on a batch; returns the batch as it was quantized. */
  float[] step(float... batch) {
    try (TFloat32 tensor = TFloat32.tensorOf(Shape.of(batch.length), DataBuffers.of(batch))) {
      Session.Runner runner = live.session().runner().feed(live.input("image"), tensor);
      live.model().updates().forEach(runner::addTarget);
      try (Result result = runner.fetch(QUANTIZER).run()) {
        return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
    }
  }

  /** What the range's two variables hold. */
  float[] range() {
    return new float[] {value("_min"), value("_max")};
  }

  /** The range in the exported graph. */
  float[] exported() {
    return ranges(optimized.withModel(live.snapshot()).strip(), QUANTIZER);
  }

  /** The names of the variables that the quantizer added. */
  List<String> variables() {
    return live.model().variables().keySet().stream()
        .filter(name -> name.startsWith(QUANTIZER))
        .toList();
  }

  void save(Path prefix) {
    live.save(prefix);
  }

  void restore(Path prefix) {
    live.restore(prefix);
  }

  /** The smallest ends, then the largest, of a fake-quantization node with constant ranges. */
  static float[] ranges(GraphModel stripped, String quantizer) {
    float[] min = QuantizedGraphs.constant(stripped, quantizer, 1);
    float[] max = QuantizedGraphs.constant(stripped, quantizer, 2);
    float[] both = new float[min.length + max.length];
    System.arraycopy(min, 0, both, 0, min.length);
    System.arraycopy(max, 0, both, min.length, max.length);
    return both;
  }

  private float value(String end) {
    String name =
        variables().stream().filter(variable -> variable.endsWith(end)).findFirst().orElseThrow();
    return TensorProtos.toFloats(live.value(name))[0];
  }

  @Override
  public void close() {
    live.close();
  }
}
