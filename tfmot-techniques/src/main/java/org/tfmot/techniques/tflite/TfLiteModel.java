package org.tfmot.techniques.tflite;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.io.AtomicFile;

/**
 * A TensorFlow Lite model: the bytes of a {@code .tflite} file and what they say. Immutable.
 *
 * <p>What a model says of its tensors and operators is about the graph that a run starts with.
 * Loops and branches have graphs of their own, which are checked and run, but not listed.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TfLiteModel {

  private static final Set<String> UNPACKING = Set.of("DEQUANTIZE", "DENSIFY");
  private static final Set<String> BORDER = Set.of("QUANTIZE", "DEQUANTIZE");

  private final byte[] bytes;
  private final ModelParser content;

  private TfLiteModel(byte[] bytes) {
    this.bytes = bytes;
    this.content = ModelParser.parse(ByteBuffer.wrap(bytes));
  }

  /**
   * Reads a model from the bytes of a file, which are copied.
   *
   * @throws IllegalArgumentException if the bytes are not a whole and sound model
   */
  public static TfLiteModel of(byte[] bytes) {
    Arguments.require(bytes, "bytes");
    return new TfLiteModel(bytes.clone());
  }

  /**
   * Reads a {@code .tflite} file.
   *
   * @throws IllegalArgumentException if the file is not a whole and sound model
   * @throws UncheckedIOException if it cannot be read
   */
  public static TfLiteModel read(Path file) {
    Arguments.require(file, "file");
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + " is a folder, a device or a pipe, not a file");
    }
    try {
      return new TfLiteModel(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model file " + file, e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes the model as a file. A crash on the way leaves the file that was there before, or all of
   * the new one; what a process that died left beside it is removed.
   *
   * @throws UncheckedIOException if it cannot be written, for example because the disk is full; the
   *     message names the file
   */
  public void write(Path file) {
    Arguments.require(file, "file");
    AtomicFile.write(file, bytes);
  }

  /** A copy of the file's bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** The size of the file in bytes. */
  public long size() {
    return bytes.length;
  }

  /** The size of the file in bytes after gzip at its default level. */
  public long gzipSize() {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.size();
  }

  /** All tensors: constants, inputs, outputs and intermediate results. */
  public List<TfLiteTensor> tensors() {
    return Collections.unmodifiableList(content.main().tensors());
  }

  /** The operations in the order in which they are executed. */
  public List<TfLiteOperator> operators() {
    return Collections.unmodifiableList(content.main().operators());
  }

  /**
   * Returns the names of the file's signatures, the one that a run has first. A run has the first
   * signature of the file's first graph; others are listed, but cannot be run.
   */
  public List<String> signatures() {
    return Collections.unmodifiableList(content.signatures);
  }

  /**
   * The inputs by their names in the signature; indexes into {@link #tensors()}. Where two have one
   * name, the second is {@code name:1}; one without a name is {@code input}.
   */
  public Map<String, Integer> inputs() {
    return Collections.unmodifiableMap(content.inputs);
  }

  /** The outputs likewise; one without a name is {@code output}. */
  public Map<String, Integer> outputs() {
    return Collections.unmodifiableMap(content.outputs);
  }

  /**
   * The weights: the constant filters, matrices and tables of convolutions of all kinds, fully
   * connected layers, products of batches of matrices, embeddings and recurrent layers; each once,
   * without biases and without matrices that only add up, such as those that represent a mean.
   */
  public List<TfLiteTensor> weights() {
    return weightIndexes(operator -> true).stream().map(tensors()::get).toList();
  }

  /** Returns the indexes of those {@link #weights()} that some operations read. */
  List<Integer> weightIndexes(Predicate<TfLiteOperator> which) {
    Set<Integer> weights = new LinkedHashSet<>();
    for (TfLiteOperator operator : operators()) {
      for (int input : which.test(operator) ? WeightOperands.of(operator) : List.<Integer>of()) {
        int source = source(input);
        if (source >= 0
            && tensors().get(source).isConstant()
            && WeightOperands.isWeight(operator, tensors().get(source))
            && !addsUp(tensors().get(source))) {
          weights.add(source);
        }
      }
    }
    return List.copyOf(weights);
  }

  /** Returns the graphs of the file; the first is the one that a run starts with. */
  List<Subgraph> subgraphs() {
    return Collections.unmodifiableList(content.subgraphs);
  }

  /** Returns whether each row of an integer matrix is one number, and so adds up what it reads. */
  private static boolean addsUp(TfLiteTensor matrix) {
    Shape shape = matrix.shape();
    if (matrix.type() != TensorType.INT8 || shape.numDimensions() != 2 || shape.get(1) < 2) {
      return false;
    }
    ByteBuffer values = matrix.data();
    int width = (int) shape.get(1);
    for (int i = 0; i < values.limit(); i++) {
      byte first = values.get(i - i % width);
      if (first <= 0 || values.get(i) != first) {
        return false;
      }
    }
    return true;
  }

  /** The contents of the file's buffers. */
  List<ByteBuffer> buffers() {
    return content.buffers;
  }

  /** The fraction of zeros among all {@link #weights()}, in [0, 1]; 0 if there are none. */
  public double zeroFraction() {
    long zeros = 0;
    long total = 0;
    for (TfLiteTensor tensor : weights()) {
      zeros += tensor.zeroCount();
      total += tensor.elementCount();
    }
    return total == 0 ? 0 : (double) zeros / total;
  }

  /**
   * The operations that compute in floating point: all that read or write a float tensor, except
   * the quantization of an input and the dequantization of an output or of a constant. Empty for a
   * model that is integer all the way.
   */
  public List<TfLiteOperator> floatOperators() {
    List<TfLiteOperator> computing = new ArrayList<>();
    for (TfLiteOperator operator : operators()) {
      if (touchesFloat(operator) && !isBorder(operator)) {
        computing.add(operator);
      }
    }
    return computing;
  }

  @Override
  public String toString() {
    List<String> names = signatures();
    String choice =
        names.size() < 2 ? "" : ", runs the signature \"%s\" of %s".formatted(names.get(0), names);
    return "TensorFlow Lite model, %d operations, %d bytes%s"
        .formatted(operators().size(), size(), choice);
  }

  private boolean touchesFloat(TfLiteOperator operator) {
    return operator.inputs().stream().anyMatch(i -> i >= 0 && tensors().get(i).type().isFloat())
        || operator.outputs().stream().anyMatch(i -> tensors().get(i).type().isFloat());
  }

  private boolean isBorder(TfLiteOperator operator) {
    if (!BORDER.contains(operator.name())) {
      return false;
    }
    int input = operator.inputs().get(0);
    return inputs().containsValue(input)
        || outputs().containsValue(operator.outputs().get(0))
        || tensors().get(input).isConstant();
  }

  /** Float16 weights reach their operation through a DEQUANTIZE, sparse ones through a DENSIFY. */
  private int source(int index) {
    for (TfLiteOperator operator : operators()) {
      if (UNPACKING.contains(operator.name()) && operator.outputs().contains(index)) {
        return source(operator.inputs().get(0));
      }
    }
    return index;
  }
}
