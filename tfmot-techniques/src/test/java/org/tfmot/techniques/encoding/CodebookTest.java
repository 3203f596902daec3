package org.tfmot.techniques.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.testing.Refusals;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.Values;

class CodebookTest {

  @ParameterizedTest(name = "{0} values take {1} bits and {2} bytes")
  @CsvSource({
    // 1000 weights: 32, 16, 8, 6 and 3 in a word.
    "1, 1, 132",
    "2, 1, 136",
    "4, 2, 268",
    "16, 4, 564",
    "17, 5, 736",
    "999, 10, 5332"
  })
  void decode_isExact_andTheSizeIsThatOfValuesAndWords(int values, int bits, long bytes) {
    float[] weights = Values.of(1000, i -> i % values - values / 3.0);
    TensorProto weight = TensorProtos.floats(Shape.of(10, 100), weights);
    Codebook codebook = Codebook.of(weight);
    assertEquals(bits, codebook.bits());
    assertEquals(values, codebook.values().length);
    assertEquals(bytes, codebook.sizeInBytes());
    assertEquals(4000, codebook.sizeInBytesOfFloats());
    assertEquals(Shape.of(10, 100), TensorProtos.shape(codebook.decode()));
    assertArrayEquals(weights, TensorProtos.toFloats(codebook.decode()));
  }

  @Test
  void clusteredWeight_isAnEighthOfItsFloats() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    GraphModel clustered = Clustering.builder().clusters(16).build().apply(model).strip();
    TensorProto kernel = clustered.variable("conv1/kernel").value();
    Codebook codebook = Codebook.of(kernel);
    assertEquals("16 values, 4 bits a weight: 352 bytes instead of 2304", codebook.toString());
    assertArrayEquals(TensorProtos.toFloats(kernel), TensorProtos.toFloats(codebook.decode()));
  }

  @Test
  void specialValues_stayWhatTheyAre() {
    float[] weights = {-0f, 0, Float.NaN, Float.POSITIVE_INFINITY, 0, -0f};
    Codebook codebook = Codebook.of(TensorProtos.floats(Shape.of(6), weights));
    assertEquals(4, codebook.values().length);
    assertArrayEquals(weights, TensorProtos.toFloats(codebook.decode()));
  }

  @Test
  void tooManyValuesOrNone_areRefused() {
    float[] weights = Values.of(70_000, i -> i);
    assertRefused(TensorProtos.floats(Shape.of(70_000), weights), "has 70000: cluster it first");
    assertRefused(TensorProtos.floats(Shape.of(0)), "has 0");
  }

  private static void assertRefused(TensorProto weight, String named) {
    Refusals.assertRefused(() -> Codebook.of(weight), named);
  }
}
