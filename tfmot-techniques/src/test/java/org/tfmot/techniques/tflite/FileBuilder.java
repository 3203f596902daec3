package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;

/** Builds {@code .tflite} files tensor by tensor, also such as no converter writes. */
final class FileBuilder {

  private final List<FlatWriter.Table> tensors = new ArrayList<>();
  private final List<FlatWriter.Table> operators = new ArrayList<>();
  private final List<FlatWriter.Table> codes = new ArrayList<>();
  private final List<FlatWriter.Table> buffers = new ArrayList<>(List.of(new FlatWriter.Table()));
  private final List<FlatWriter.Table> signatures = new ArrayList<>();
  private final Map<String, Integer> codeIndexes = new HashMap<>();
  private int[] inputs = {};
  private int[] outputs = {};

  /** Adds a tensor that is not quantized; returns its index. */
  int tensor(TensorType type, int... shape) {
    tensors.add(
        new FlatWriter.Table()
            .set(0, shape)
            .set(1, (byte) type.ordinal())
            .set(3, "t" + tensors.size()));
    return tensors.size() - 1;
  }

  /** Adds a tensor with a scale. */
  int tensor(TensorType type, float scale, long zeroPoint, int... shape) {
    int index = tensor(type, shape);
    return quantize(index, new float[] {scale}, new long[] {zeroPoint}, 0);
  }

  int quantize(int tensor, float[] scales, long[] zeroPoints, int axis) {
    tensors
        .get(tensor)
        .set(4, new FlatWriter.Table().set(2, scales).set(3, zeroPoints).set(6, axis));
    return tensor;
  }

  /** Gives a tensor values. */
  int constant(int tensor, byte[] data) {
    buffers.add(new FlatWriter.Table().set(0, data));
    tensors.get(tensor).set(2, buffers.size() - 1);
    return tensor;
  }

  /** Sets the shape with -1 for what the caller chooses. */
  void signature(int tensor, int... shape) {
    tensors.get(tensor).set(7, shape);
  }

  boolean isConstant(int tensor) {
    return tensors.get(tensor).has(2);
  }

  /** Makes a tensor a state that stays from run to run. */
  int variable(int tensor) {
    tensors.get(tensor).set(5, (byte) 1);
    return tensor;
  }

  /** Renames a tensor. */
  void name(int tensor, String name) {
    tensors.get(tensor).set(3, name);
  }

  /** Adds a signature of the graph: its name, then its inputs and outputs by their names. */
  FileBuilder signature(String name, Map<String, Integer> in, Map<String, Integer> out) {
    signatures.add(
        new FlatWriter.Table().set(0, names(in)).set(1, names(out)).set(2, name).set(4, 0));
    return this;
  }

  private static List<FlatWriter.Table> names(Map<String, Integer> tensors) {
    List<FlatWriter.Table> names = new ArrayList<>();
    tensors.forEach((name, index) -> names.add(new FlatWriter.Table().set(0, name).set(1, index)));
    return names;
  }

  /** Adds a constant of integers. */
  int ints(int... values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asIntBuffer().put(values);
    return constant(tensor(TensorType.INT32, values.length), data.array());
  }

  /** Adds an operator without options. */
  FileBuilder operator(String name, int[] inputs, int... results) {
    return operator(name, null, options -> {}, inputs, results);
  }

  /** Adds an operator with options of a type such as {@code Conv2D}. */
  FileBuilder operator(
      String name,
      @Nullable String optionsType,
      Consumer<FlatWriter.Table> options,
      int[] inputs,
      int... results) {
    FlatWriter.Table operator =
        new FlatWriter.Table().set(0, code(name)).set(1, inputs).set(2, results);
    if (optionsType != null) {
      FlatWriter.Table table = new FlatWriter.Table();
      options.accept(table);
      operator.set(3, (byte) OperatorOptions.number(optionsType)).set(4, table);
    }
    operators.add(operator);
    return this;
  }

  /** Adds a custom operator. */
  FileBuilder custom(String name, byte[] options, int[] inputs, int... results) {
    codes.add(new FlatWriter.Table().set(0, (byte) 32).set(1, name).set(2, 1).set(3, 32));
    operators.add(
        new FlatWriter.Table()
            .set(0, codes.size() - 1)
            .set(1, inputs)
            .set(2, results)
            .set(5, options));
    return this;
  }

  private int code(String name) {
    return codeIndexes.computeIfAbsent(
        name,
        absent -> {
          int code = 0;
          while (!BuiltinOperators.name(code).equals(name)) {
            code++;
          }
          codes.add(
              new FlatWriter.Table().set(0, (byte) Math.min(code, 127)).set(2, 1).set(3, code));
          return codes.size() - 1;
        });
  }

  FileBuilder inputs(int... indexes) {
    inputs = indexes;
    return this;
  }

  FileBuilder outputs(int... indexes) {
    outputs = indexes;
    return this;
  }

  /** Returns the bytes of the file. */
  byte[] bytes() {
    FlatWriter.Table graph =
        new FlatWriter.Table().set(0, tensors).set(1, inputs).set(2, outputs).set(3, operators);
    FlatWriter.Table model =
        new FlatWriter.Table().set(0, 3).set(1, codes).set(2, List.of(graph)).set(4, buffers);
    if (!signatures.isEmpty()) {
      model.set(7, signatures);
    }
    return FlatWriter.write(model, "TFL3");
  }

  TfLiteModel model() {
    return TfLiteModel.of(bytes());
  }
}
