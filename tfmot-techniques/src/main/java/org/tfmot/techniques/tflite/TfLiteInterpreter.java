package org.tfmot.techniques.tflite;

import com.google.common.collect.Lists;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.tensorflowlite.global.tensorflowlite;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.tflite.runtime.RuntimeLibrary;

/**
 * Runs a TensorFlow Lite model, float or integer, on the CPU: through XNNPACK what it takes, on the
 * runtime's own kernels what it does not ({@link #undelegatedOperators}).
 *
 * <p>A model is checked before native code sees it: what the runtime's kernels take for granted of
 * operands, types, scales, options and shapes. One that breaks a rule, or has an operator for which
 * no rule is known, is refused.
 *
 * <p>Values are given and answered as floats, whatever the type of the endpoints: quantized
 * endpoints are quantized and dequantized on the way, other integers and booleans (0 and 1)
 * represent themselves. {@link #runRaw} takes and answers what floats cannot tell. Endpoints have
 * the names of the model's signature.
 *
 * <p>Safe for use by several threads, one call at a time.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TfLiteInterpreter implements AutoCloseable {

  private static final int MOST_THREADS = 64;

  private static final Set<String> MOVING =
      Set.of("EXPAND_DIMS", "RESHAPE", "SLICE", "SQUEEZE", "STRIDED_SLICE", "TRANSPOSE");

  private final TfLiteModel model;
  private final int threads;
  private final Set<Integer> rounded;
  private NativeInterpreter runtime;
  private InputShapes shapes;
  private boolean closed;

  private TfLiteInterpreter(TfLiteModel model, int threads) {
    this.model = model;
    this.threads = threads;
    this.rounded = roundedInputs(model);
    this.shapes = new InputShapes(model);
    this.runtime = openAtFirst();
  }

  /** Returns the tensors whose floats become integers, behind operators that only move them. */
  private static Set<Integer> roundedInputs(TfLiteModel model) {
    Set<Integer> rounded = new HashSet<>();
    for (TfLiteOperator operator : Lists.reverse(model.operators())) {
      boolean moves = MOVING.contains(operator.name()) && rounded.containsAll(operator.outputs());
      if (moves || operator.name().equals("QUANTIZE")) {
        rounded.add(operator.inputs().get(0));
      }
    }
    return rounded;
  }

  /**
   * Opens the runtime with the shapes that the file declares, or with a batch that its constants
   * are made for where the declared one breaks a rule.
   */
  private NativeInterpreter openAtFirst() {
    shapes = new InputShapes(model);
    return shapes.firstTaken(inputs -> NativeInterpreter.open(model, threads, inputs));
  }

  /** Opens a model for one thread; the caller closes the interpreter. */
  public static TfLiteInterpreter open(TfLiteModel model) {
    Arguments.require(model, "model");
    return open(model, 1);
  }

  /**
   * Opens a model; the caller closes the interpreter.
   *
   * @param threads how many threads a run may use, from 1 to 64, or to the number of processors if
   *     there are more
   * @throws IllegalArgumentException if the number is out of range, the model breaks a rule of the
   *     runtime's kernels, or the runtime lacks one of its operations
   * @throws IllegalStateException if the runtime's native library is not on the class path
   */
  public static TfLiteInterpreter open(TfLiteModel model, int threads) {
    Arguments.require(model, "model");
    int most = Math.max(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    if (threads < 1 || threads > most) {
      throw new IllegalArgumentException(
          "threads must be from 1 to %d, not %d".formatted(most, threads));
    }
    RuntimeLibrary.load();
    return new TfLiteInterpreter(model, threads);
  }

  /** The version of the TFLite runtime, such as {@code 2.18.0}. */
  public static String runtimeVersion() {
    RuntimeLibrary.load();
    try (BytePointer version = tensorflowlite.TfLiteVersion()) {
      return version.getString();
    }
  }

  /** The names of the inputs. */
  public List<String> inputNames() {
    return List.copyOf(model.inputs().keySet());
  }

  /** The names of the outputs. */
  public List<String> outputNames() {
    return List.copyOf(model.outputs().keySet());
  }

  /**
   * Returns how many threads a run may use: XNNPACK's kernels all of them or one ({@link
   * #delegateThreads}), the runtime's own kernels beside XNNPACK one, unless convolutions or fully
   * connected layers are left to them.
   */
  public int threads() {
    return threads;
  }

  /**
   * Returns how many threads XNNPACK uses: as many as a run may, or one where a run is so short
   * that waking the others takes longer than they save. A larger batch may change it. 0 if XNNPACK
   * does not run the model ({@link #delegateRefusal}).
   */
  public synchronized int delegateThreads() {
    requireOpen();
    return runtime.delegateThreads();
  }

  /** Into how many XNNPACK kernels the model was put: 1 if XNNPACK runs all of it. */
  public synchronized int delegateKernels() {
    requireOpen();
    return runtime.delegateKernels();
  }

  /**
   * The names of the operations that XNNPACK did not take, in the order of execution, then those of
   * loops and branches. The runtime's own kernels run them.
   */
  public synchronized List<String> undelegatedOperators() {
    requireOpen();
    return runtime.undelegatedOperators();
  }

  /**
   * Returns why XNNPACK does not run the model, in the runtime's words, if it runs nothing of it:
   * its shapes depend on values, or XNNPACK failed on it, as on a scale that it cannot represent.
   * Empty if XNNPACK was asked for each operation and took what it has kernels for.
   */
  public synchronized Optional<String> delegateRefusal() {
    requireOpen();
    return runtime.refusal();
  }

  /**
   * Sets the shape of one example of an input that leaves more open than the batch, such as the
   * length of a text or the size of an image; such dimensions are what the file says at first,
   * mostly 1. It stays until the next call.
   *
   * @param example the input's shape without its first dimension, such as {@code Shape.of(224, 224,
   *     3)}
   * @throws IllegalArgumentException if there is no such input, or the model does not take the
   *     shape. Where the runtime finds out, here or with a batch that it does not take, all inputs
   *     are as they were at first
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized void resizeInput(String input, Shape example) {
    Arguments.require(input, "input");
    Arguments.require(example, "example");
    requireOpen();
    int index = index(input, model.inputs());
    if (index < 0) {
      throw new IllegalArgumentException(
          "the model has the inputs %s, not \"%s\"".formatted(inputNames(), input));
    }
    if (shapes.change(input, index, example)) {
      resize("examples of %s as input \"%s\"".formatted(example, input));
    }
  }

  /**
   * Runs a model of one input and one output.
   *
   * @param input the examples one after the other, each row-major
   * @param batchSize the number of examples
   * @return the outputs, likewise
   * @throws IllegalArgumentException if the input has not the length that the model needs or a NaN
   *     that it would round to an integer, the batch is not positive, or the model has another
   *     batch size that is fixed
   * @throws IllegalStateException if the interpreter is closed or the model has several inputs or
   *     outputs
   */
  public synchronized float[] run(float[] input, int batchSize) {
    Arguments.require(input, "input");
    requireOpen();
    Endpoint in = endpoint(only("input", model.inputs()), model.inputs());
    Endpoint out = endpoint(only("output", model.outputs()), model.outputs());
    resize(batchSize);
    write(in, input);
    runtime.invoke();
    return read(out);
  }

  /**
   * Runs a model of any number of inputs and outputs.
   *
   * @param inputs for each input the examples one after the other, each row-major
   * @param batchSize the number of examples
   * @return each output, likewise
   * @throws IllegalArgumentException if an input is missing, unknown, or has not the length that
   *     the model needs or holds what its type cannot, an integer of an input or output is one that
   *     floats do not hold exactly, the batch is not positive, or the model has another batch size
   *     that is fixed
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized Map<String, float[]> run(Map<String, float[]> inputs, int batchSize) {
    Arguments.require(inputs, "inputs");
    requireOpen();
    feed(inputs, batchSize);
    runtime.invoke();
    Map<String, float[]> results = new LinkedHashMap<>();
    for (String name : model.outputs().keySet()) {
      results.put(name, read(endpoint(name, model.outputs())));
    }
    return results;
  }

  /**
   * Runs a model of one input and one output on its own element types, without conversion: int8
   * values for a model with int8 endpoints; little-endian numbers for wider types.
   *
   * @param input the bytes of the examples one after the other, each row-major
   * @param batchSize the number of examples
   * @return the bytes of the outputs, likewise
   * @throws IllegalArgumentException as {@link #run(float[], int)}
   * @throws IllegalStateException as {@link #run(float[], int)}
   */
  public synchronized byte[] runRaw(byte[] input, int batchSize) {
    Arguments.require(input, "input");
    requireOpen();
    String in = only("input", model.inputs());
    String out = only("output", model.outputs());
    return Objects.requireNonNull(runRaw(Map.of(in, input), batchSize).get(out));
  }

  /**
   * Runs a model of any number of inputs and outputs on its own element types, without conversion:
   * the only way to give or read integers of 2^24 and more, which floats do not hold exactly.
   *
   * <pre>{@code
   * byte[] ids =
   *     ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(123_456_789).array();
   * Map<String, byte[]> outputs = interpreter.runRaw(Map.of("ids", ids), 1);
   * }</pre>
   *
   * @param inputs for each input the bytes of the examples one after the other, each row-major
   * @param batchSize the number of examples
   * @return the bytes of each output, likewise
   * @throws IllegalArgumentException as {@link #run(Map, int)}
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized Map<String, byte[]> runRaw(Map<String, byte[]> inputs, int batchSize) {
    Arguments.require(inputs, "inputs");
    requireOpen();
    requireInputs(inputs.keySet());
    resize(batchSize);
    inputs.forEach(
        (name, bytes) -> {
          Arguments.require(bytes, "the bytes of input \"" + name + "\"");
          ByteBuffer target = runtime.data(index(name, model.inputs()));
          requireLength(name, bytes.length, target.remaining(), "bytes");
          target.put(bytes);
        });
    runtime.invoke();
    Map<String, byte[]> results = new LinkedHashMap<>();
    model
        .outputs()
        .forEach(
            (name, tensor) -> {
              ByteBuffer source = runtime.data(tensor);
              byte[] bytes = new byte[source.remaining()];
              source.get(bytes);
              results.put(name, bytes);
            });
    return results;
  }

  /**
   * Times single runs on one example, or on as many as the model is fixed to. Inputs are noise in
   * [0, 1); indices into a table are chosen among its rows, booleans at random, other integers are
   * 0. Only the model's execution is timed, not the copying of inputs and outputs.
   *
   * @param warmup how many runs come first, untimed; not negative
   * @param runs how many runs to time, at least 1
   * @throws IllegalArgumentException if a number is out of range, or the model does not run on such
   *     inputs; {@link #benchmark(Map, int, int, int)} takes others
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized LatencyStatistics benchmark(int warmup, int runs) {
    requireOpen();
    requireRuns(warmup, runs);
    resize(shapes.smallest());
    SampleInputs samples = new SampleInputs(model);
    for (String name : model.inputs().keySet()) {
      Endpoint input = endpoint(name, model.inputs());
      int length = input.values().elements(runtime.data(input.index()));
      write(input, samples.values(input.index(), length));
    }
    return time(warmup, runs);
  }

  /**
   * Times single runs on given inputs. Only the model's execution is timed, not the copying of
   * inputs and outputs.
   *
   * <pre>{@code
   * LatencyStatistics statistics = interpreter.benchmark(Map.of("ids", ids), 1, 10, 100);
   * }</pre>
   *
   * @param inputs for each input the examples one after the other, each row-major
   * @param batchSize the number of examples
   * @param warmup how many runs come first, untimed; not negative
   * @param runs how many runs to time, at least 1
   * @throws IllegalArgumentException if a number is out of range, or as {@link #run(Map, int)}
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized LatencyStatistics benchmark(
      Map<String, float[]> inputs, int batchSize, int warmup, int runs) {
    requireOpen();
    requireRuns(warmup, runs);
    feed(inputs, batchSize);
    return time(warmup, runs);
  }

  private static void requireRuns(int warmup, int runs) {
    if (warmup < 0 || runs < 1) {
      throw new IllegalArgumentException(
          "needs warmup >= 0 and runs >= 1, not %d and %d".formatted(warmup, runs));
    }
  }

  private LatencyStatistics time(int warmup, int runs) {
    for (int i = 0; i < warmup; i++) {
      runtime.invoke();
    }
    long[] nanos = new long[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      runtime.invoke();
      nanos[i] = System.nanoTime() - start;
    }
    return LatencyStatistics.of(nanos, threads);
  }

  /**
   * Tells which operations XNNPACK did not take and what they cost, with the inputs of the last
   * run; before the first run inputs are zeros or whatever the memory holds.
   *
   * <p>A second interpreter is opened for it, with the runtime's profiler. What a run takes is
   * better known from {@link #benchmark}, which has none. Where XNNPACK does not run the model at
   * all ({@link #delegateRefusal}), these are all of its operations.
   *
   * @param warmup how many runs come first, untimed; not negative
   * @param runs how many runs to time, at least 1
   * @throws IllegalArgumentException if a number is out of range
   * @throws IllegalStateException if the interpreter is closed
   */
  public synchronized LatencyProfile profile(int warmup, int runs) {
    requireOpen();
    if (warmup < 0 || runs < 1) {
      throw new IllegalArgumentException(
          "needs warmup >= 0 and runs >= 1, not %d and %d".formatted(warmup, runs));
    }
    try (NativeProfiler profiler =
        new NativeProfiler(
            model,
            threads,
            runtime.delegateThreads(),
            runtime.kernelThreads(),
            shapes.inputShapes())) {
      for (int index : model.inputs().values()) {
        profiler.set(index, runtime.data(index));
      }
      return profiler.run(warmup, runs);
    }
  }

  /** Releases the native memory. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      runtime.close();
    }
  }

  private void requireInputs(Set<String> given) {
    if (!given.equals(model.inputs().keySet())) {
      throw new IllegalArgumentException(
          "the model has the inputs %s, not %s".formatted(inputNames(), given));
    }
  }

  private void feed(Map<String, float[]> inputs, int batchSize) {
    requireInputs(inputs.keySet());
    resize(batchSize);
    inputs.forEach((name, values) -> write(endpoint(name, model.inputs()), values));
  }

  private void resize(int batchSize) {
    if (shapes.change(batchSize)) {
      resize("a batch of " + batchSize);
    }
  }

  private void resize(String wanted) {
    NativeInterpreter before = runtime;
    try {
      if (!before.resize(shapes.inputShapes())) {
        runtime = NativeInterpreter.open(model, threads, shapes.inputShapes());
        before.close();
      }
    } catch (IllegalArgumentException e) {
      // What could not be resized cannot be resized back either. Another one may do without
      // XNNPACK.
      try {
        runtime = NativeInterpreter.open(model, threads, shapes.inputShapes());
      } catch (IllegalArgumentException again) {
        runtime = openAtFirst();
        throw new IllegalArgumentException(
            "the model does not take %s: %s".formatted(wanted, again.getMessage()), again);
      } finally {
        before.close();
        closed = runtime == before;
      }
    }
  }

  private void write(Endpoint endpoint, float[] values) {
    ByteBuffer target = runtime.data(endpoint.index());
    int expected = endpoint.values().elements(target);
    requireLength(endpoint.name(), values.length, expected, "values");
    endpoint.values().write(values, target);
  }

  private float[] read(Endpoint endpoint) {
    return endpoint.values().read(runtime.data(endpoint.index()));
  }

  private void requireLength(String input, int given, int expected, String unit) {
    if (given != expected) {
      boolean open = shapes.leavesExampleOpen(index(input, model.inputs()));
      throw new IllegalArgumentException(
          "input \"%s\" takes %d %s for a batch of %d, not %d%s"
              .formatted(
                  input,
                  expected,
                  unit,
                  shapes.current(),
                  given,
                  open ? "; resizeInput sets the shape of an example" : ""));
    }
  }

  private Endpoint endpoint(String name, Map<String, Integer> endpoints) {
    int index = index(name, endpoints);
    return new Endpoint(
        name, index, new EndpointValues(model.tensors().get(index), rounded.contains(index)));
  }

  private static int index(String name, Map<String, Integer> endpoints) {
    return endpoints.getOrDefault(name, -1);
  }

  private static String only(String role, Map<String, Integer> endpoints) {
    if (endpoints.size() != 1) {
      throw new IllegalStateException(
          "the model has the %ss %s: run it with a map".formatted(role, endpoints.keySet()));
    }
    return endpoints.keySet().iterator().next();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the interpreter is closed");
    }
  }

  private record Endpoint(String name, int index, EndpointValues values) {}
}
