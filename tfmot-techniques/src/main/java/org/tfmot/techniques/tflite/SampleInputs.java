package org.tfmot.techniques.tflite;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Chooses values for inputs that a model runs on whatever it is for. Reproducible. */
final class SampleInputs {

  private static final long SEED = 1;
  private static final Set<String> KEEPING =
      Set.of("CAST", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "CONCATENATION", "PACK");

  private final TfLiteModel model;
  private final Random random = new Random(SEED);

  SampleInputs(TfLiteModel model) {
    this.model = model;
  }

  /**
   * Returns values for an input.
   *
   * @param input the tensor's index
   * @param length the number of values
   */
  float[] values(int input, int length) {
    TfLiteTensor tensor = model.tensors().get(input);
    boolean whole = !tensor.type().isFloat() && tensor.quantization().isEmpty();
    int bound = tensor.type() == TensorType.BOOL ? 2 : rows(input);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = whole ? random.nextInt(bound) : random.nextFloat();
    }
    return values;
  }

  /** Returns of how many rows an input chooses; 1 if it chooses none. */
  private int rows(int input) {
    long rows = Long.MAX_VALUE;
    Set<Integer> seen = new HashSet<>();
    Deque<Integer> ahead = new ArrayDeque<>(Set.of(input));
    while (!ahead.isEmpty()) {
      int tensor = ahead.remove();
      if (!seen.add(tensor)) {
        continue;
      }
      for (int i = 0; i < model.operators().size(); i++) {
        TfLiteOperator operator = model.operators().get(i);
        if (!operator.inputs().contains(tensor)) {
          continue;
        }
        switch (operator.name()) {
          case "GATHER" -> rows = Math.min(rows, rows(i, operator, 0, tensor));
          case "EMBEDDING_LOOKUP" -> rows = Math.min(rows, rows(i, operator, 1, tensor));
          default -> {
            if (!KEEPING.contains(operator.name())) {
              // Whatever becomes of it, 0 is an index.
              rows = operator.name().equals("ONE_HOT") ? rows : 1;
            } else {
              ahead.addAll(operator.outputs());
            }
          }
        }
      }
    }
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, rows == Long.MAX_VALUE ? 1 : rows));
  }

  /** Returns how many slices a lookup chooses from, if the tensor is what it chooses by. */
  private long rows(int position, TfLiteOperator operator, int table, int tensor) {
    int source = operator.inputs().get(table);
    if (source == tensor) {
      return 1;
    }
    OperatorOptions options = model.subgraphs().get(0).options().get(position).as("Gather");
    TfLiteTensor values = model.tensors().get(source);
    int rank = values.shape().numDimensions();
    int axis = options.getInt(0, 0);
    return rank == 0 ? 1 : values.shape().get(axis < 0 ? axis + rank : axis);
  }
}
