package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.testing.Attempts;
import org.tfmot.techniques.testing.ChildTrials;

/**
 * Builds a file of one operator of the table with one of its combinations of types, and with
 * shapes, scales, options and integer operands that fit or nearly fit. What the table lets pass is
 * run.
 */
public final class BuiltFileTrial implements ChildTrials.Trial {

  private static final List<OperatorRule> RULES =
      new ArrayList<>(new TreeMap<>(KernelRules.rules()).values());
  private static final float[] SCALES = {
    1, 0.5f, 0.00390625f, 0.0078125f, 3.0517578E-5f, 0.1f, 1e-9f, 1e9f, 1e-3f, 30
  };

  /** From this number on another operator makes the first operand, if that has no scale. */
  static final long PAIRS = 1_000_000;

  private final Random random = new Random();

  @Override
  public String run(long seed) {
    random.setSeed(seed * 0x5DEECE66DL);
    OperatorRule rule = RULES.get((int) (seed % RULES.size()));
    List<OperandTypes> combinations = rule.types();
    byte[] bytes = file(rule, combinations.get(random.nextInt(combinations.size())), seed >= PAIRS);
    Attempts attempts = new Attempts();
    TfLiteModel model = attempts.attempt("parse", () -> TfLiteModel.of(bytes));
    if (model == null) {
      return "unsound";
    }
    if (!Boolean.TRUE.equals(attempts.attempt("check", () -> FileMutations.isSmall(model)))) {
      return attempts.outcome();
    }
    TfLiteInterpreter interpreter =
        attempts.attempt("open", () -> TfLiteInterpreter.open(model, 1 + random.nextInt(2)));
    if (interpreter == null) {
      return "refused by the runtime";
    }
    try (interpreter) {
      attempts.attempt("measure", () -> interpreter.benchmark(0, 2));
      Map<String, float[]> results =
          attempts.attempt("run", () -> interpreter.run(inputs(model), 1));
      return results == null ? attempts.outcome() : compare(model, results, attempts.outcome());
    }
  }

  /** The runtime's results have as many elements as the rules say. */
  private static String compare(TfLiteModel model, Map<String, float[]> results, String outcome) {
    int output = 0;
    for (int @Nullable [] shape : FileMutations.outputShapes(model)) {
      float[] values = results.get("t" + model.subgraphs().get(0).outputs().get(output));
      if (shape != null && values != null && Shapes.size(shape) != values.length) {
        return Attempts.FAILED + " " + values.length + " elements, not " + Shapes.size(shape);
      }
      output++;
    }
    return outcome;
  }

  private Map<String, float[]> inputs(TfLiteModel model) {
    Map<String, float[]> inputs = new HashMap<>();
    model
        .inputs()
        .forEach(
            (name, index) -> {
              float[] values = new float[(int) model.tensors().get(index).elementCount()];
              for (int i = 0; i < values.length; i++) {
                values[i] = random.nextInt(5) - 1;
              }
              inputs.put(name, values);
            });
    return inputs;
  }

  private byte[] file(OperatorRule rule, OperandTypes types, boolean pair) {
    FileBuilder file = new FileBuilder();
    int[] shape = shape();
    float scale = SCALES[random.nextInt(SCALES.length)];
    List<Integer> inputs = new ArrayList<>();
    List<Integer> given = new ArrayList<>();
    for (OperandKind kind : operands(types.inputs())) {
      int tensor = operand(file, kind, inputs.size(), shape, scale);
      boolean plain = kind.scales() == 0 && kind.type() != null;
      if (pair && plain && inputs.isEmpty() && tensor >= 0 && !file.isConstant(tensor)) {
        inputs.add(made(file, kind, shape, scale, given));
        continue;
      }
      inputs.add(tensor);
      if (tensor >= 0 && !file.isConstant(tensor)) {
        given.add(tensor);
      }
    }
    List<Integer> results = new ArrayList<>();
    for (OperandKind kind : operands(types.results())) {
      results.add(tensor(file, kind, shape.clone(), scale));
    }
    file.operator(rule.name(), rule.options(), this::options, toArray(inputs), toArray(results))
        .inputs(toArray(given))
        .outputs(toArray(results));
    return file.bytes();
  }

  /** Adds an operator whose result has a shape that depends on masks, values or sizes. */
  private int made(
      FileBuilder file, OperandKind kind, int[] shape, float scale, List<Integer> given) {
    int source = tensor(file, kind, shape(), scale);
    int result = tensor(file, kind, shape.clone(), scale);
    int length = 1 + random.nextInt(4);
    given.add(source);
    switch (random.nextInt(3)) {
      case 0 -> {
        int begin = file.ints(new int[length]);
        int[] ends = new int[length];
        Arrays.fill(ends, 1 + random.nextInt(3));
        int[] steps = new int[length];
        Arrays.fill(steps, 1);
        file.operator(
            "STRIDED_SLICE",
            "StridedSlice",
            options -> {
              options.set(1, random.nextInt(16)).set(2, random.nextInt(3));
              options.set(3, random.nextInt(1 << length)).set(4, random.nextInt(3));
            },
            new int[] {source, begin, file.ints(ends), file.ints(steps)},
            result);
      }
      case 1 -> {
        int sizes = file.tensor(TensorType.INT32, length);
        given.add(sizes);
        file.operator("RESHAPE", "Reshape", options -> {}, new int[] {source, sizes}, result);
      }
      default -> {
        int indices = file.tensor(TensorType.INT32, length, 1);
        given.add(indices);
        file.operator("GATHER", "Gather", options -> {}, new int[] {source, indices}, result);
      }
    }
    return result;
  }

  private List<OperandKind> operands(OperandTypes.Side side) {
    List<OperandKind> kinds = new ArrayList<>(side.kinds());
    for (int i = random.nextInt(3); side.open() && i > 0; i--) {
      kinds.add(kinds.get(kinds.size() - 1));
    }
    return kinds;
  }

  /** An integer operand is a short constant mostly, others have the shape or one near it. */
  private int operand(FileBuilder file, OperandKind kind, int position, int[] shape, float scale) {
    TensorType type = kind.type();
    if (kind.name().equals("_")) {
      return -1;
    }
    boolean index = type == TensorType.INT32 || type == TensorType.INT64;
    if (index && random.nextInt(8) > 0 && (position > 0 || random.nextBoolean())) {
      int length = random.nextBoolean() ? shape.length : 1 + random.nextInt(4);
      int[] dimensions =
          random.nextInt(4) == 0
              ? new int[] {shape.length, 2}
              : random.nextInt(4) == 0 ? new int[0] : new int[] {length};
      return constant(file, kind, dimensions, scale);
    }
    int[] own = shape.clone();
    if (position > 0 && own.length > 0 && random.nextBoolean()) {
      own[random.nextInt(own.length)] = 1 + random.nextInt(4);
    }
    if (position > 1 && random.nextBoolean()) {
      own = new int[] {shape.length == 0 ? 1 : shape[random.nextBoolean() ? 0 : shape.length - 1]};
    }
    return position > 0 && random.nextBoolean()
        ? constant(file, kind, own, scale)
        : tensor(file, kind, own, scale);
  }

  private int constant(FileBuilder file, OperandKind kind, int[] shape, float scale) {
    int tensor = tensor(file, kind, shape, scale);
    TensorType type = kind.type() == null ? TensorType.FLOAT32 : kind.type();
    int elements = 1;
    for (int size : shape) {
      elements *= size;
    }
    int bits = Math.max(4, type.bits());
    ByteBuffer data = ByteBuffer.allocate((elements * bits + 7) / 8).order(ByteOrder.LITTLE_ENDIAN);
    int step = bits / 8;
    for (int i = 0; i < elements && step > 0; i++) {
      long value = random.nextInt(6) == 0 ? random.nextInt(9) - 4 : random.nextInt(4);
      switch (type) {
        case INT32 -> data.putInt(4 * i, (int) value);
        case INT64 -> data.putLong(8 * i, value);
        case FLOAT32 -> data.putFloat(4 * i, value);
        case BOOL -> data.put(i, (byte) (value & 1));
        default -> data.put(i * step, (byte) value);
      }
    }
    return data.capacity() == 0 ? tensor : file.constant(tensor, data.array());
  }

  private int tensor(FileBuilder file, OperandKind kind, int[] shape, float scale) {
    TensorType type = kind.type() == null ? TensorType.FLOAT32 : kind.type();
    int tensor = file.tensor(type, shape);
    if (kind.scales() > 0) {
      float own = random.nextInt(3) == 0 ? SCALES[random.nextInt(SCALES.length)] : scale;
      long zero =
          kind.symmetric()
              ? 0
              : type == TensorType.UINT8 ? random.nextInt(256) : random.nextInt(256) - 128;
      boolean channels = kind.scales() > 1 && shape.length > 0 && random.nextBoolean();
      int axis = channels ? random.nextInt(shape.length) : 0;
      float[] scales = new float[channels ? shape[axis] : 1];
      Arrays.fill(scales, own);
      long[] zeros = new long[scales.length];
      Arrays.fill(zeros, channels ? 0 : zero);
      file.quantize(tensor, scales, zeros, axis);
    }
    return tensor;
  }

  private int[] shape() {
    int[] shape = new int[random.nextInt(4) == 0 ? random.nextInt(8) : 2 + random.nextInt(3)];
    int same = 1 + random.nextInt(4);
    for (int i = 0; i < shape.length; i++) {
      shape[i] = random.nextInt(3) == 0 ? 1 + random.nextInt(6) : same;
    }
    return shape;
  }

  /** The first fields, small numbers mostly. */
  private void options(FlatWriter.Table options) {
    for (int field = 0; field < 7; field++) {
      if (random.nextInt(4) > 0) {
        int value =
            switch (random.nextInt(12)) {
              case 0 -> -1;
              case 1 -> 1000;
              case 2 -> Integer.MAX_VALUE;
              case 3 -> Float.floatToIntBits(0.5f);
              default -> random.nextInt(3);
            };
        options.set(field, value);
      }
    }
  }

  private static int[] toArray(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
