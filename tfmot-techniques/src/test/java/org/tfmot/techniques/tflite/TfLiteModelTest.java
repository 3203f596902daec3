package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

class TfLiteModelTest {

  private static TfLiteModel model;

  @BeforeAll
  static void convert() {
    model = SampleGraph.small(false).converter().convert();
  }

  @Test
  void operators_areTheGraphs() {
    assertEquals(
        List.of(
            "CONV_2D",
            "DEPTHWISE_CONV_2D",
            "CONV_2D",
            "ADD",
            "MAX_POOL_2D",
            "MEAN",
            "FULLY_CONNECTED"),
        model.operators().stream().map(TfLiteOperator::name).toList());
    assertTrue(model.operators().stream().noneMatch(TfLiteOperator::custom));
  }

  @Test
  void input_leavesTheBatchOpen() {
    TfLiteTensor input = model.tensors().get(model.inputs().get("image"));
    assertEquals(Shape.of(1, 8, 8, 3), input.shape());
    // Shapes with an open dimension equal nothing.
    assertArrayEquals(new long[] {-1, 8, 8, 3}, input.shapeSignature().asArray());
    assertEquals(TensorType.FLOAT32, input.type());
    assertTrue(input.quantization().isEmpty());
    assertThrows(IllegalStateException.class, input::zeroCount);
  }

  @Test
  void halfPrecision_isReadAsWhatItStandsFor() {
    // 1, -2, the largest, the smallest normal, the smallest, -0, infinity, not a number.
    short[] bits = {0x3C00, (short) 0xC000, 0x7BFF, 0x0400, 0x0001, (short) 0x8000, 0x7C00, 0x7E00};
    ByteBuffer data = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (short half : bits) {
      data.putShort(half);
    }
    Shape shape = Shape.of(bits.length);
    TfLiteTensor tensor =
        new TfLiteTensor("halves", TensorType.FLOAT16, shape, shape, null, data.flip(), false);
    assertArrayEquals(
        new float[] {1, -2, 65504, 0x1p-14f, 0x1p-24f, -0f, Float.POSITIVE_INFINITY, Float.NaN},
        tensor.toFloats());
  }

  @Test
  void distinctCounts_areOfEachSlice() {
    ByteBuffer data = ByteBuffer.wrap(new byte[] {1, 1, 1, 1, 2, 3, 4, 4, 1});
    Shape shape = Shape.of(3, 3);
    TfLiteTensor tensor =
        new TfLiteTensor("matrix", TensorType.INT8, shape, shape, null, data, false);
    assertEquals(List.of(1, 3, 2), tensor.distinctCounts(0));
    assertEquals(List.of(2, 3, 2), tensor.distinctCounts(1));
    assertEquals(4, tensor.distinctCount());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.distinctCounts(2));
  }

  @Test
  void constants_holdTheGraphsValues() {
    // A dense layer of known weights; TensorFlow Lite stores the matrix transposed.
    float[] weights = {0, 1, 2, 3, 0, -5};
    SampleGraph graph =
        SampleGraph.of(
            1,
            false,
            (layers, image) ->
                layers.tf.linalg.matMul(
                    layers.tf.reshape(image, layers.tf.constant(new int[] {-1, 3})),
                    layers.tf.constant(Shape.of(3, 2), DataBuffers.of(weights))));
    TfLiteModel dense = graph.converter().convert();
    TfLiteTensor stored = dense.weights().get(0);
    float[] values = new float[6];
    stored.data().asFloatBuffer().get(values);
    assertArrayEquals(new float[] {0, 2, 0, 1, 3, -5}, values);
    assertEquals(2, stored.zeroCount());
    assertEquals(5, stored.distinctCount());
    assertEquals(2.0 / 6, dense.zeroFraction(), 1e-12);
  }

  @Test
  void data_cannotBeWritten() {
    assertTrue(model.weights().get(0).data().isReadOnly());
  }

  @Test
  void writtenFile_isReadBackEqual(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("model.tflite");
    model.write(file);
    assertEquals(model.size(), Files.size(file));
    assertArrayEquals(model.toByteArray(), TfLiteModel.read(file).toByteArray());
    model.write(file);
    try (var files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void write_sweepsWhatADeadProcessLeft_andLeavesOtherFiles(@TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("model.tflite");
    Path left = directory.resolve("model.tflite.tmp-" + UUID.randomUUID());
    Path other = directory.resolve("model.tflite.bak");
    Files.writeString(left, "half");
    Files.writeString(other, "kept");
    model.write(file);
    assertTrue(Files.notExists(left));
    assertTrue(Files.exists(other));
    assertArrayEquals(model.toByteArray(), Files.readAllBytes(file));
  }

  @Test
  void missingFileOrFolder_isNamed(@TempDir Path directory) {
    Path file = directory.resolve("nowhere").resolve("model.tflite");
    UncheckedIOException read =
        assertThrows(UncheckedIOException.class, () -> TfLiteModel.read(file));
    assertTrue(read.getMessage().contains(file.toString()));
    UncheckedIOException write = assertThrows(UncheckedIOException.class, () -> model.write(file));
    assertTrue(write.getMessage().contains(file.toString()));
  }

  @Test
  void gzipSize_isThatOfAWholeGzipFile() throws IOException {
    assertTrue(model.gzipSize() < model.size());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(model.toByteArray());
    }
    assertEquals(out.size(), model.gzipSize());
  }

  @Test
  void otherFile_isRefused(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("model.tflite");
    Files.writeString(file, "this is no model, but long enough to be one");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TfLiteModel.read(file));
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("TFL3"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> TfLiteModel.of(new byte[0]));
  }

  @Test
  void truncatedFile_isRefusedAtEveryLength() {
    byte[] bytes = model.toByteArray();
    for (int length = 0; length < bytes.length - 8; length += 97) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThrows(IllegalArgumentException.class, () -> TfLiteModel.of(part), "at " + length);
    }
  }

  @Test
  void inputsOfOneName_areRefused() {
    GraphModel two =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> a = tf.withName("left_a").placeholder(TFloat32.class);
              Operand<TFloat32> b = tf.withName("left_b").placeholder(TFloat32.class);
              return Endpoints.builder()
                  .input("name_a", a)
                  .input("name_b", b)
                  .output("y", tf.math.sub(a, b))
                  .build();
            });
    byte[] bytes = TfLiteConverter.of(two).convert().toByteArray();
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("name_b", "name_a");
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> TfLiteModel.of(text.getBytes(StandardCharsets.ISO_8859_1)))
            .getMessage();
    assertTrue(message.contains("have the name \"name_a\""), message);
  }

  @Test
  void damagedFile_isRefusedOrRead_butNeverAnotherException() {
    byte[] bytes = model.toByteArray();
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
  }
}
