package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Files of TensorFlow Lite's own operator for an LSTM over a whole sequence. */
public final class FusedLstm {

  private static final byte TANH = 4;
  private static final int ABSENT = -1;

  private FusedLstm() {}

  /**
   * Returns a file of one layer with random weights that gives the output of every step.
   *
   * @param bytes whether the weights are of int8, with float activations
   */
  public static TfLiteModel file(int steps, int features, int units, boolean bytes) {
    FileBuilder file = new FileBuilder();
    Random random = new Random(1);
    int[] inputs = new int[20];
    inputs[0] = file.tensor(TensorType.FLOAT32, 1, steps, features);
    for (int gate = 0; gate < 4; gate++) {
      inputs[1 + gate] = weight(file, random, bytes, units, features);
      inputs[5 + gate] = weight(file, random, bytes, units, units);
      inputs[12 + gate] = weight(file, random, false, units);
    }
    for (int absent : new int[] {9, 10, 11, 16, 17}) {
      inputs[absent] = ABSENT;
    }
    inputs[18] = file.variable(file.tensor(TensorType.FLOAT32, 1, units));
    inputs[19] = file.variable(file.tensor(TensorType.FLOAT32, 1, units));
    int output = file.tensor(TensorType.FLOAT32, 1, steps, units);
    return file.operator(
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "UnidirectionalSequenceLSTM",
            options -> options.set(0, TANH),
            inputs,
            output)
        .inputs(inputs[0])
        .outputs(output)
        .model();
  }

  private static int weight(FileBuilder file, Random random, boolean bytes, int... shape) {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    if (bytes) {
      byte[] values = new byte[size];
      random.nextBytes(values);
      return file.constant(file.tensor(TensorType.INT8, 1 / 1024f, 0, shape), values);
    }
    ByteBuffer values = ByteBuffer.allocate(Float.BYTES * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      values.putFloat((random.nextFloat() - 0.5f) / 4);
    }
    return file.constant(file.tensor(TensorType.FLOAT32, shape), values.array());
  }
}
