package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Biases that are large beside their channel's weights, in int8 files. */
@EnabledOnOs(OS.LINUX)
class LargeBiasTest {

  private static final Shape IMAGES = Shape.of(16, 8, 8, 3);

  @ParameterizedTest
  @CsvSource({
    "CONVOLUTION, 0, -1e9",
    "CONVOLUTION, 1, -1e6",
    "MATRIX, 0.03, -1e6",
    "MATRIX, 0.03, -1e9",
    "MATRIX, 0.03, -10"
  })
  void unitThatIsNeverOn_isOff_andTheOthersAnswerAsSimulated(
      Layer layer, float second, float bias) {
    assertAnswersAsSimulated(layer, second, bias, true);
  }

  /** An operation whose second of four channels has weights of a given size. */
  enum Layer {
    CONVOLUTION {
      @Override
      Operand<TFloat32> of(TestLayers layers, Operand<TFloat32> x, float second) {
        float[] weights = Values.of(108, i -> i % 4 == 1 ? second : Math.sin(i));
        Operand<TFloat32> kernel = layers.weight("c", "kernel", Shape.of(3, 3, 3, 4), weights);
        return layers.at("c", "Conv2D").nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
      }
    },
    DEPTHWISE {
      @Override
      Operand<TFloat32> of(TestLayers layers, Operand<TFloat32> x, float second) {
        Operand<TFloat32> four = CONVOLUTION.of(layers, x, 1);
        float[] weights = Values.of(36, i -> i % 4 == 1 ? second : Math.sin(i));
        Operand<TFloat32> kernel = layers.weight("d", "kernel", Shape.of(3, 3, 4, 1), weights);
        return layers
            .at("d", "depthwise")
            .nn
            .depthwiseConv2dNative(four, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
      }
    },
    MATRIX {
      @Override
      Operand<TFloat32> of(TestLayers layers, Operand<TFloat32> x, float second) {
        float[] weights = Values.of(768, i -> i % 4 == 1 ? second : 0.05 * Math.sin(i));
        Operand<TFloat32> kernel = layers.weight("m", "kernel", Shape.of(192, 4), weights);
        Operand<TFloat32> flat = layers.tf().reshape(x, layers.tf().array(-1, 192));
        return layers.at("m", "MatMul").linalg.matMul(flat, kernel);
      }
    };

    abstract Operand<TFloat32> of(TestLayers layers, Operand<TFloat32> x, float second);
  }

  @ParameterizedTest
  @CsvSource({
    "CONVOLUTION, 0, 0.5",
    "CONVOLUTION, 0, -5",
    "CONVOLUTION, 0, 100",
    "CONVOLUTION, 0, -1000",
    "CONVOLUTION, 1e-5, 50",
    "DEPTHWISE, 0, 200",
    "DEPTHWISE, 1e-6, -90"
  })
  void biasOfAChannelWithoutWeights_isInTheFile(Layer layer, float second, float bias) {
    assertAnswersAsSimulated(layer, second, bias, false);
  }

  private static void assertAnswersAsSimulated(
      Layer layer, float second, float bias, boolean relu) {
    float[] biases = {.1f, bias, -.1f, .2f};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 8, 8, 3),
            (layers, x) -> {
              Operand<TFloat32> products = layer.of(layers, x, second);
              Operand<TFloat32> sum =
                  layers.at("c", "sum").nn.biasAdd(products, layers.tf().constant(biases));
              return relu ? layers.relu("c", sum) : sum;
            });
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      GraphModel simulated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", image)))
              .model();
      float[] expected = TestTraining.run(simulated, image);
      TfLiteModel file = TfLiteConverter.of(simulated).int8().convert();
      float[] answer;
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        answer =
            interpreter.run(TensorProtos.toFloats(TensorProtos.of(image)), (int) IMAGES.get(0));
      }
      float step = IntegerModelTest.outputStep(simulated);
      for (int i = 0; i < answer.length; i++) {
        assertEquals(expected[i], answer[i], 1.01f * step, "value " + i);
      }
      float wanted = relu ? 0 : bias;
      assertTrue(Math.abs(answer[1] - wanted) <= 2 * step, answer[1] + " for " + bias);
    }
  }
}
