package org.tfmot.techniques.tflite;

import com.google.errorprone.annotations.FormatMethod;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operator of a graph as its rule sees it: options, operands, and what is known of them. */
final class OperatorCall {

  private final Subgraph graph;
  private final int position;
  private final OperatorOptions options;
  private final KnownTensors known;

  /**
   * @param options the options that the operator's kernel reads
   * @param known shapes and values of the tensors that are computed before
   */
  OperatorCall(Subgraph graph, int position, OperatorOptions options, KnownTensors known) {
    this.graph = graph;
    this.position = position;
    this.options = options;
    this.known = known;
  }

  OperatorOptions options() {
    return options;
  }

  /** Returns the shapes of tensors that are computed before this operator. */
  KnownTensors known() {
    return known;
  }

  private TfLiteOperator operator() {
    return graph.operators().get(position);
  }

  int inputCount() {
    return operator().inputs().size();
  }

  int resultCount() {
    return operator().outputs().size();
  }

  boolean has(int input) {
    return input < inputCount() && operator().inputs().get(input) >= 0;
  }

  /** Returns all inputs, null for an absent one. */
  List<@Nullable TfLiteTensor> inputs() {
    return tensors(operator().inputs());
  }

  List<@Nullable TfLiteTensor> results() {
    return tensors(operator().outputs());
  }

  private List<@Nullable TfLiteTensor> tensors(List<Integer> indexes) {
    List<@Nullable TfLiteTensor> tensors = new ArrayList<>();
    for (int index : indexes) {
      tensors.add(index < 0 ? null : graph.tensors().get(index));
    }
    return tensors;
  }

  /** Returns an input that is there. */
  TfLiteTensor input(int input) {
    return graph.tensors().get(operator().inputs().get(input));
  }

  TfLiteTensor result(int result) {
    return graph.tensors().get(operator().outputs().get(result));
  }

  TensorType type(int input) {
    return input(input).type();
  }

  /** Returns whether an input is a tensor that keeps its value from run to run. */
  boolean isVariable(int input) {
    return graph.variables().contains(operator().inputs().get(input));
  }

  /** Returns the shape of an input that is there, or null if it depends on values. */
  int @Nullable [] shape(int input) {
    return known.shape(operator().inputs().get(input));
  }

  /** Returns the rank of an input, or -1 if it depends on values. */
  int rank(int input) {
    return known.rank(operator().inputs().get(input));
  }

  /** Returns the elements of an integer input as far as they are known before a run. */
  long @Nullable [] values(int input) {
    int index = operator().inputs().get(input);
    long[] computed = known.values(index);
    int[] shape = known.shape(index);
    if (computed == null && shape != null && Shapes.size(shape) == 0) {
      return new long[0];
    }
    return computed != null ? computed : integers(graph.tensors().get(index));
  }

  /** Returns the elements of an int32 or int64 constant, or null. */
  private static long @Nullable [] integers(TfLiteTensor tensor) {
    boolean wide = tensor.type() == TensorType.INT64;
    if (!tensor.isConstant() || (!wide && tensor.type() != TensorType.INT32)) {
      return null;
    }
    ByteBuffer data = tensor.data();
    long[] values = new long[(int) tensor.elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = wide ? data.getLong(Long.BYTES * i) : data.getInt(Integer.BYTES * i);
    }
    return values;
  }

  /** Returns the only scale of an input. */
  float scale(int input) {
    return scale(input(input));
  }

  float resultScale() {
    return scale(result(0));
  }

  static float scale(TfLiteTensor tensor) {
    return quantization(tensor).scales().get(0);
  }

  static long zeroPoint(TfLiteTensor tensor) {
    List<Long> zeros = quantization(tensor).zeroPoints();
    return zeros.isEmpty() ? 0 : zeros.get(0);
  }

  private static Quantization quantization(TfLiteTensor tensor) {
    return Objects.requireNonNull(tensor.quantization().orElse(null), tensor::name);
  }

  /**
   * @throws IllegalArgumentException naming this operator if the condition does not hold
   */
  @FormatMethod
  void require(boolean condition, String message, Object... details) {
    if (!condition) {
      throw refusal(message, details);
    }
  }

  /** Returns the exception that says what is wrong with this operator. */
  @FormatMethod
  IllegalArgumentException refusal(String message, Object... details) {
    List<Integer> results = operator().outputs();
    String tensor = results.isEmpty() ? "" : graph.tensors().get(results.get(0)).name();
    String where = graph.index() == 0 ? "" : " of subgraph " + graph.index();
    return new IllegalArgumentException(
        "%s \"%s\" (operator %d%s): %s"
            .formatted(operator().name(), tensor, position, where, message.formatted(details)));
  }
}
