package org.tfmot.examples.latency;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** An ONNX file in ONNX Runtime, with inputs for one example. */
final class OnnxRun implements AutoCloseable {

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs = new HashMap<>();

  /**
   * Opens a file.
   *
   * @param tokens how many words a text has, where the file leaves it open
   * @param words how many different ones
   */
  OnnxRun(byte[] file, int threads, int tokens, int words) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file, options);
    }
    Random random = new Random(11);
    for (NodeInfo input : session.getInputInfo().values()) {
      TensorInfo tensor = (TensorInfo) input.getInfo();
      inputs.put(input.getName(), values(input.getName(), tensor, tokens, words, random));
    }
  }

  private OnnxTensor values(String name, TensorInfo tensor, int tokens, int words, Random random)
      throws OrtException {
    long[] shape = tensor.getShape().clone();
    int size = 1;
    for (int i = 0; i < shape.length; i++) {
      long open = i == 0 ? 1 : tokens;
      shape[i] = shape[i] < 0 ? open : shape[i];
      size = Math.toIntExact(size * shape[i]);
    }
    if (tensor.type == OnnxJavaType.FLOAT) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = random.nextFloat();
      }
      return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }
    long[] values =
        switch (name) {
          case "input_ids" -> random.longs(size, 0, words).toArray();
          case "attention_mask" -> random.longs(size, 1, 2).toArray();
          case "token_type_ids" -> new long[size];
          default -> throw new IllegalArgumentException("unknown input " + name);
        };
    return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
  }

  /** Runs once, and returns the microseconds. */
  double micros() throws OrtException {
    long start = System.nanoTime();
    session.run(inputs).close();
    return (System.nanoTime() - start) / 1e3;
  }

  @Override
  public void close() throws OrtException {
    inputs.values().forEach(OnnxTensor::close);
    session.close();
  }
}
