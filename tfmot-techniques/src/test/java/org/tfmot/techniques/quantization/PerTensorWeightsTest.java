package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Batch norm that is folded into a weight does not make its one scale many. */
class PerTensorWeightsTest {

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void weightBeforeABatchNorm_hasTheScalesThatWereAskedFor(boolean perChannel) {
    Shape shape = Shape.of(16, 4, 4, 2);
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE, shape, (layers, x) -> layers.relu("c", layers.convNorm("c", x, 4, 1)));
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .layer(
                LayerSelector.ofType("Conv2D"),
                LayerQuantization.ofWeights(Quantizer.lastValue().perChannel(perChannel)))
            .build()
            .apply(model);
    try (TFloat32 image = TestTraining.random(shape, 1)) {
      GraphModel quantized = IntegerModels.trainedOnce(optimized, image);
      float[] values = TensorProtos.toFloats(TensorProtos.of(image));
      TfLiteModel file = IntegerModels.assertAgree(quantized, image, values, 1, 0.2);
      List<TfLiteTensor> weights = file.weights();
      assertFalse(weights.isEmpty());
      for (TfLiteTensor weight : weights) {
        assertEquals(
            perChannel ? 4 : 1, weight.quantization().orElseThrow().scales().size(), weight.name());
      }
    }
  }
}
