package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

class SparseEncodingTest {

  private static final Shape IMAGE = Shape.of(-1, 8, 8, 16);

  private static TfLiteModel dense;
  private static TfLiteModel sparse;

  @BeforeAll
  static void convert() {
    dense = TfLiteConverter.of(model(0.8)).convert();
    sparse = TfLiteConverter.of(model(0.8)).sparse().convert();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.75, 0.9, 0.999})
  void interpreter_answersAsWithTheDenseFile(double sparsity) {
    GraphModel model = model(sparsity);
    TfLiteModel file = TfLiteConverter.of(model).sparse().convert();
    assertTrue(file.operators().stream().anyMatch(op -> op.name().equals("DENSIFY")));
    float[] images = images(3);
    float[] expected;
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      expected = interpreter.run(images, 3);
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(expected, interpreter.run(images, 3), 1e-5f);
      assertEquals(List.of(), interpreter.undelegatedOperators());
      assertEquals(1, interpreter.delegateKernels());
    }
  }

  @Test
  void weights_areTheSame_andCountedWithTheirZeros() {
    assertTrue(dense.zeroFraction() > 0.7);
    assertEquals(dense.zeroFraction(), sparse.zeroFraction());
    assertEquals(4, sparse.weights().size());
    assertTrue(sparse.weights().stream().allMatch(TfLiteTensor::isSparse));
    assertFalse(dense.weights().stream().anyMatch(TfLiteTensor::isSparse));
    for (int i = 0; i < 4; i++) {
      TfLiteTensor expected = dense.weights().get(i);
      TfLiteTensor actual = sparse.weights().get(i);
      assertEquals(expected.shape(), actual.shape());
      float[] values = expected.toFloats();
      for (int k = 0; k < values.length; k++) {
        // Factors below 0 that were folded make zeros of the dense file -0.
        values[k] = values[k] == 0 ? 0 : values[k];
      }
      assertArrayEquals(values, actual.toFloats());
      assertEquals(expected.zeros(), actual.zeros());
      assertEquals(
          IntStream.range(0, values.length).mapToObj(k -> values[k]).distinct().count(),
          actual.distinctCount());
      assertTrue(actual.data().isReadOnly());
    }
  }

  @Test
  void everythingElse_isThatOfTheDenseFile() {
    assertEquals(dense.inputs().keySet(), sparse.inputs().keySet());
    assertEquals(dense.outputs(), sparse.outputs());
    List<TfLiteOperator> operators =
        sparse.operators().stream().filter(op -> !op.name().equals("DENSIFY")).toList();
    assertEquals(dense.operators(), operators);
    assertEquals(4, sparse.operators().size() - operators.size());
    for (int i = 0; i < dense.tensors().size(); i++) {
      TfLiteTensor tensor = dense.tensors().get(i);
      TfLiteTensor copy = sparse.tensors().get(i);
      assertEquals(tensor.name(), copy.name());
      assertEquals(tensor.type(), copy.type());
      assertArrayEquals(tensor.shapeSignature().asArray(), copy.shapeSignature().asArray());
      if (!dense.weights().contains(tensor)) {
        assertEquals(tensor.data(), copy.data(), tensor.name());
      }
    }
  }

  @Test
  void size_isThatOfTheValuesAndTheirPlaces() {
    long before = 0;
    long after = 0;
    for (TfLiteTensor weight : dense.weights()) {
      long values = weight.elementCount() - weight.zeroCount();
      long rows = weight.elementCount() / weight.shape().get(weight.shape().numDimensions() - 1);
      before += 4 * weight.elementCount();
      // Two bytes for each row's start at most, one for each place.
      after += 5 * values + 2 * (rows + 1);
    }
    assertTrue(sparse.size() < dense.size() - before + after + 2500, sparse + " of " + dense);
  }

  @Test
  void weightsWithoutEnoughZeros_stayDense() {
    GraphModel model = model(0);
    assertArrayEquals(
        TfLiteConverter.of(model).convert().toByteArray(),
        TfLiteConverter.of(model).sparse().convert().toByteArray());
  }

  @Test
  void weightOfZerosOnly_isEncoded() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4),
            (layers, x) ->
                layers
                    .at("product", "MatMul")
                    .linalg
                    .matMul(x, layers.weight("product", "kernel", Shape.of(4, 9), new float[36])));
    TfLiteModel file = TfLiteConverter.of(model.toInference()).sparse().convert();
    assertEquals(1, file.zeroFraction());
    assertTrue(file.weights().get(0).isSparse());
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(new float[9], interpreter.run(new float[] {1, 2, 3, 4}, 1));
    }
  }

  @Test
  void otherModes_areRefused() {
    List<UnaryOperator<TfLiteConverter>> modes =
        List.of(TfLiteConverter::int8, TfLiteConverter::float16, TfLiteConverter::dynamicRange);
    for (UnaryOperator<TfLiteConverter> mode : modes) {
      TfLiteConverter other = mode.apply(TfLiteConverter.of(model(0.8)).sparse());
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> other.convert());
      assertTrue(e.getMessage().contains("sparse()"), e.getMessage());
    }
    TfLiteModel int8 = SampleGraph.small(true).converter().int8().convert();
    for (TfLiteModel model : List.of(int8, sparse)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> SparseEncoding.apply(model));
      assertTrue(e.getMessage().contains("dense weights of type FLOAT32"), e.getMessage());
    }
  }

  @Test
  void secondFormat_isRefused() {
    TfLiteConverter converter = TfLiteConverter.of(model(0.8)).int8();
    assertSame(converter, converter.int8());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, converter::dynamicRange);
    assertTrue(e.getMessage().contains("INT8"), e.getMessage());
    assertTrue(e.getMessage().contains("DYNAMIC_RANGE"), e.getMessage());
  }

  @Test
  void damagedFile_isRefusedOrRead_butNeverAnotherException() {
    byte[] bytes = sparse.toByteArray();
    Random random = new Random(4);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] damaged = bytes.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        TfLiteModel.of(damaged);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertTrue(refused > 100, "refused: " + refused);
    for (int length = 0; length < bytes.length - 8; length += 97) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThrows(IllegalArgumentException.class, () -> TfLiteModel.of(part), "at " + length);
    }
  }

  @Test
  void damagedPlaces_areRefusedOrHarmless() {
    byte[] bytes = sparse.toByteArray();
    float[] images = images(1);
    Random random = new Random(5);
    List<Integer> places = sparsityBytes(bytes);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] damaged = bytes.clone();
      damaged[places.get(random.nextInt(places.size()))] ^= (byte) (1 << random.nextInt(8));
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(TfLiteModel.of(damaged))) {
        assertEquals(10, interpreter.run(images, 1).length);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertTrue(refused > 100 && refused < 500, "refused: " + refused);
  }

  @Test
  void sparseConstantReadByAnythingButDensify_isRefused() {
    TfLiteOperator densify = sparse.operators().get(0);
    int stored = densify.inputs().get(0);
    int weight = densify.outputs().get(0);
    TfLiteOperator user =
        sparse.operators().stream().filter(op -> op.inputs().contains(weight)).findFirst().get();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> rewire(user, weight, stored));
    assertTrue(e.getMessage().contains("read by DENSIFY"), e.getMessage());
    int constant =
        sparse
            .tensors()
            .indexOf(
                sparse.tensors().stream()
                    .filter(tensor -> tensor.isConstant() && !tensor.isSparse())
                    .findFirst()
                    .get());
    e = assertThrows(IllegalArgumentException.class, () -> rewire(densify, stored, constant));
    assertTrue(e.getMessage().contains("DENSIFY"), e.getMessage());
  }

  /** Where the file describes its sparse constants. */
  private static List<Integer> sparsityBytes(byte[] bytes) {
    List<Integer> places = new ArrayList<>();
    FlatTable graph = FlatTable.root(ByteBuffer.wrap(bytes)).getTables(2).get(0);
    for (FlatTable tensor : graph.getTables(0)) {
      FlatTable sparsity = tensor.getTable(6);
      if (sparsity != null) {
        vector(places, sparsity, 0, 4);
        for (FlatTable level : sparsity.getTables(2)) {
          IntStream.range(level.position() + 4, level.position() + 12).forEach(places::add);
          for (int field : level.has(3) ? new int[] {3, 5} : new int[0]) {
            int width = 4 >> (level.getByte(field - 1) - 1);
            vector(places, level.getTable(field), 0, width);
          }
        }
      }
    }
    return places;
  }

  private static void vector(List<Integer> places, FlatTable table, int field, int width) {
    int start = table.vector(field, width);
    int size = width * table.buffer().getInt(start - 4);
    IntStream.range(start - 4, start + size).forEach(places::add);
  }

  /** The sparse file with another input of an operation. */
  private static void rewire(TfLiteOperator operator, int from, int to) {
    byte[] bytes = sparse.toByteArray();
    FlatTable graph = FlatTable.root(ByteBuffer.wrap(bytes)).getTables(2).get(0);
    FlatTable table = graph.getTables(3).get(sparse.operators().indexOf(operator));
    int at = table.vector(1, 4) + 4 * operator.inputs().indexOf(from);
    table.buffer().putInt(at, to);
    TfLiteModel.of(bytes);
  }

  /** Convolutions, a depthwise one and a dense layer, with a reshape and a squeeze. */
  private static GraphModel model(double sparsity) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGE,
            (layers, image) -> {
              Operand<TFloat32> x = layers.relu("stem", layers.convNorm("stem", image, 16, 3));
              Operand<TFloat32> kernel =
                  layers.weight("depthwise", "kernel", Shape.of(3, 3, 16, 1), normal(144, 2));
              x =
                  layers
                      .at("depthwise", "conv")
                      .nn
                      .depthwiseConv2dNative(x, kernel, List.of(1L, 2L, 2L, 1L), "SAME");
              x = layers.biasAdd("conv", layers.conv("conv", x, 24, 1));
              x = layers.maxPool("pool", layers.averagePool("mean", x));
              x = layers.tf().squeeze(x, Squeeze.axis(List.of(1L, 2L)));
              x = layers.tf().reshape(x, layers.tf().constant(new int[] {-1, 24}));
              return layers.biasAdd("logits", layers.matMul("logits", x, 10));
            });
    return sparsity == 0
        ? model.toInference()
        : Pruning.builder().depthwise().oneShot(sparsity).apply(model.toInference()).model();
  }

  private static float[] images(int count) {
    return normal(count * 8 * 8 * 16, 7);
  }

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    return Values.of(count, i -> random.nextGaussian());
  }
}
