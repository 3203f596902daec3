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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;

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

  /** A file that computes the absolute value of each of two inputs. */
  private static FileBuilder twoInputs() {
    FileBuilder file = new FileBuilder();
    int a = file.tensor(TensorType.FLOAT32, 2);
    int b = file.tensor(TensorType.FLOAT32, 2);
    int c = file.tensor(TensorType.FLOAT32, 2);
    int d = file.tensor(TensorType.FLOAT32, 2);
    return file.operator("ABS", new int[] {a}, c)
        .operator("NEG", new int[] {b}, d)
        .inputs(a, b)
        .outputs(c, d);
  }

  @Test
  void endpointsOfOneName_areNumbered() {
    FileBuilder file = twoInputs();
    for (int tensor = 0; tensor < 4; tensor++) {
      file.name(tensor, tensor < 2 ? "x" : "");
    }
    TfLiteModel two = file.model();
    assertEquals(Map.of("x", 0, "x:1", 1), two.inputs());
    assertEquals(Map.of("output", 2, "output:1", 3), two.outputs());
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(two)) {
      Map<String, float[]> results =
          interpreter.run(Map.of("x", new float[] {-1, 2}, "x:1", new float[] {3, -4}), 2);
      assertArrayEquals(new float[] {1, 2}, results.get("output"));
      assertArrayEquals(new float[] {-3, 4}, results.get("output:1"));
    }
  }

  @Test
  void fileOfTwoSignatures_hasTheFirst_andSaysSo() {
    TfLiteModel two =
        twoInputs()
            .signature("serve", Map.of("left", 0), Map.of("magnitude", 2))
            .signature("negate", Map.of("right", 1), Map.of("opposite", 3))
            .model();
    assertEquals(List.of("serve", "negate"), two.signatures());
    assertEquals(Map.of("left", 0), two.inputs());
    assertEquals(Map.of("magnitude", 2), two.outputs());
    assertTrue(two.toString().endsWith("runs the signature \"serve\" of [serve, negate]"));
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
