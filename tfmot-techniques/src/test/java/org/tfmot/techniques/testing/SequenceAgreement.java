package org.tfmot.techniques.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.RuntimeTensors;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Compares the first output of a file with that of the model that it was made of, sequence by
 * sequence.
 *
 * @param equal the share of values that are equal
 * @param withinOneStep the share of values that differ by at most one step of the output
 * @param sameClass the share of sequences with the same largest value
 * @param deviation the root of the mean squared difference, in units of the model's range of values
 * @param worst the largest difference in steps
 */
public record SequenceAgreement(
    double equal, double withinOneStep, double sameClass, double deviation, double worst) {

  /** Runs both on a batch of sequences. */
  public static SequenceAgreement of(
      GraphModel model, TfLiteModel file, Map<String, ? extends Tensor> batch) {
    String input = batch.keySet().iterator().next();
    Tensor tensor = batch.get(input);
    float[] expected = run(model, batch);
    float[] got = run(file, input, floats(tensor), (int) tensor.shape().get(0), expected.length);
    return compare(expected, got, (int) tensor.shape().get(0));
  }

  /** The same with the runtime's own kernels instead of XNNPACK's. */
  public static SequenceAgreement withoutXnnPack(
      GraphModel model, TfLiteModel file, Map<String, ? extends Tensor> batch) {
    String input = batch.keySet().iterator().next();
    float[] expected = run(model, batch);
    int examples = (int) batch.get(input).shape().get(0);
    byte[] bytes = RuntimeTensors.bytes(batch.get(input));
    ByteBuffer all = ByteBuffer.allocate(Float.BYTES * expected.length);
    int output = file.outputs().values().iterator().next();
    try (RuntimeTensors tensors = new RuntimeTensors(file, false)) {
      int length = bytes.length / examples;
      for (int example = 0; example < examples; example++) {
        tensors.data(file.inputs().get(input)).put(bytes, example * length, length);
        tensors.invoke();
        all.put(tensors.data(output));
      }
    }
    float[] got = new float[expected.length];
    all.flip().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(got);
    return compare(expected, got, examples);
  }

  private static float[] run(GraphModel model, Map<String, ? extends Tensor> batch) {
    try (LiveModel live = model.open();
        Result result = live.run(batch)) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static float[] floats(Tensor tensor) {
    if (tensor instanceof TInt32) {
      int[] values = TensorProtos.toInts(TensorProtos.of(tensor));
      return Values.of(values.length, i -> values[i]);
    }
    return TensorProtos.toFloats(TensorProtos.of(tensor));
  }

  private static float[] run(TfLiteModel file, String input, float[] values, int batch, int size) {
    float[] all = new float[size];
    int width = values.length / batch;
    int length = size / batch;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (int b = 0; b < batch; b++) {
        float[] one = Arrays.copyOfRange(values, b * width, (b + 1) * width);
        float[] result = interpreter.run(Map.of(input, one), 1).values().iterator().next();
        System.arraycopy(result, 0, all, b * length, length);
      }
    }
    return all;
  }

  /** Compares what both gave. */
  public static SequenceAgreement compare(float[] expected, float[] got, int batch) {
    double step = step(expected);
    double equal = 0;
    double near = 0;
    double squares = 0;
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      double difference = Math.abs(got[i] - expected[i]);
      equal += difference < 0.5 * step ? 1 : 0;
      near += difference <= 1.01 * step ? 1 : 0;
      squares += difference * difference;
      worst = Math.max(worst, difference / step);
    }
    int length = got.length / batch;
    int same = 0;
    for (int b = 0; b < batch; b++) {
      same += largest(got, b * length, length) == largest(expected, b * length, length) ? 1 : 0;
    }
    float[] sorted = expected.clone();
    Arrays.sort(sorted);
    double range = sorted[sorted.length - 1] - sorted[0];
    return new SequenceAgreement(
        equal / got.length,
        near / got.length,
        (double) same / batch,
        Math.sqrt(squares / got.length) / range,
        worst);
  }

  /** Returns the least difference between values, which are on the grid of the output. */
  private static double step(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    double least = Double.MAX_VALUE;
    for (int i = 1; i < sorted.length; i++) {
      double difference = sorted[i] - sorted[i - 1];
      least = difference > 1e-5 ? Math.min(least, difference) : least;
    }
    return least;
  }

  private static int largest(float[] values, int from, int length) {
    int largest = 0;
    for (int i = 1; i < length; i++) {
      largest = values[from + i] > values[from + largest] ? i : largest;
    }
    return largest;
  }
}
