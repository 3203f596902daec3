package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.techniques.testing.LargeGraphs;
import org.tfmot.techniques.testing.TestTraining;

/** Thousands of operations in a row, on the stack of an ordinary thread. */
class DeepGraphsTest {

  private static GraphModel chain(String op, int length) {
    GraphEditor graph = LargeGraphs.start();
    String tensor = graph.add(LargeGraphs.node("Relu", "first", "image"));
    for (int i = 0; i < length; i++) {
      tensor = graph.add(LargeGraphs.node(op, "n" + i, tensor));
    }
    tensor = graph.add(LargeGraphs.node("Relu", "last", tensor));
    return LargeGraphs.model(graph.build(), tensor, List.of());
  }

  @ParameterizedTest
  @CsvSource({"Identity,10000", "Abs,5000"})
  void aLongChain_runsAndConverts(String op, int length) {
    GraphModel model = chain(op, length);
    float[] values = {1, -2, 3, -4};
    float[] expected = {1, 0, 3, 0};
    try (TFloat32 image = TFloat32.tensorOf(Shape.of(1, 4))) {
      StdArrays.copyTo(new float[][] {values}, image);
      assertArrayEquals(expected, TestTraining.run(model, image));
    }
    TfLiteModel file = TfLiteConverter.of(model).convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(expected, interpreter.run(values, 1));
    }
  }

  @Test
  void aChainBeyondWhatWasTried_isRefusedWithItsLength() {
    TfLiteConverter converter = TfLiteConverter.of(chain("Abs", 110_000));
    assertRefused(converter::convert, "too deep", "110,003", "101,000");
  }
}
