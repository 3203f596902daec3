package org.tfmot.techniques.tflite;

import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.Find_custom_op_Pointer_BytePointer_int;
import org.bytedeco.tensorflowlite.TfLiteInterpreterOptions;
import org.bytedeco.tensorflowlite.TfLiteOpaqueDelegateStruct;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import org.bytedeco.tensorflowlite.global.tensorflowlite;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.LatencyProfile.OperatorTime;
import org.tfmot.techniques.tflite.runtime.OpenResources;
import org.tfmot.techniques.tflite.runtime.OperatorClock;
import org.tfmot.techniques.tflite.runtime.PlainKernels;
import org.tfmot.techniques.tflite.runtime.XnnPackDelegate;

/**
 * A second interpreter of a model, with a profiler. Only TensorFlow Lite's C interface takes one
 * that is written in another language.
 */
final class NativeProfiler implements AutoCloseable {

  private final int threads;
  private final OpenResources opened = new OpenResources();
  private final OperatorClock clock;
  private final org.bytedeco.tensorflowlite.TfLiteInterpreter interpreter;

  /**
   * Opens a model that another interpreter runs.
   *
   * @param threads of a run
   * @param delegateThreads of XNNPACK in it; 0 if it is not asked, since it fails on the model
   * @param kernelThreads of the runtime's own kernels in it
   * @param shapes of the inputs that have others than in the file, by index
   */
  NativeProfiler(
      TfLiteModel model,
      int threads,
      int delegateThreads,
      int kernelThreads,
      Map<Integer, int[]> shapes) {
    this.threads = threads;
    boolean complete = false;
    try {
      clock = new OperatorClock();
      opened.atClose(clock::close);
      interpreter = open(model.toByteArray(), delegateThreads, kernelThreads);
      resize(interpreter, shapes);
      complete = true;
    } finally {
      if (!complete) {
        opened.close();
      }
    }
  }

  private org.bytedeco.tensorflowlite.TfLiteInterpreter open(
      byte[] content, int delegateThreads, int kernelThreads) {
    BytePointer bytes = opened.add(new BytePointer(content));
    PlainKernels kernels = new PlainKernels();
    opened.atClose(kernels::close);
    XnnPackDelegate delegate = delegateThreads == 0 ? null : new XnnPackDelegate(delegateThreads);
    if (delegate != null) {
      opened.atClose(delegate::close);
    }
    org.bytedeco.tensorflowlite.TfLiteModel file =
        tensorflowlite.TfLiteModelCreate(bytes, content.length);
    if (isAbsent(file)) {
      throw new IllegalStateException("TensorFlow Lite cannot read the model");
    }
    opened.atClose(() -> tensorflowlite.TfLiteModelDelete(file));
    TfLiteInterpreterOptions options = options(kernels, kernelThreads);
    if (delegate != null) {
      tensorflowlite.TfLiteInterpreterOptionsAddDelegate(
          options, new TfLiteOpaqueDelegateStruct((Pointer) delegate.delegate()));
    }
    org.bytedeco.tensorflowlite.TfLiteInterpreter created =
        tensorflowlite.TfLiteInterpreterCreate(file, options);
    if (isAbsent(created)) {
      throw new IllegalStateException("TensorFlow Lite cannot open the model with a profiler");
    }
    opened.atClose(() -> tensorflowlite.TfLiteInterpreterDelete(created));
    return created;
  }

  private TfLiteInterpreterOptions options(PlainKernels kernels, int kernelThreads) {
    TfLiteInterpreterOptions options = tensorflowlite.TfLiteInterpreterOptionsCreate();
    opened.atClose(() -> tensorflowlite.TfLiteInterpreterOptionsDelete(options));
    tensorflowlite.TfLiteInterpreterOptionsSetNumThreads(options, kernelThreads);
    tensorflowlite.TfLiteInterpreterOptionsSetOpResolver(
        options, kernels, (Find_custom_op_Pointer_BytePointer_int) null, null);
    NativeLibrary.getInstance(Loader.load(tensorflowlite.class))
        .getFunction("TfLiteInterpreterOptionsSetTelemetryProfiler")
        .invokeVoid(
            new Object[] {
              new com.sun.jna.Pointer(options.address()),
              new com.sun.jna.Pointer(clock.struct().address())
            });
    return options;
  }

  private static void resize(
      org.bytedeco.tensorflowlite.TfLiteInterpreter interpreter, Map<Integer, int[]> shapes) {
    int inputs = tensorflowlite.TfLiteInterpreterGetInputTensorCount(interpreter);
    IntPointer indexes = tensorflowlite.TfLiteInterpreterInputTensorIndices(interpreter);
    for (int i = 0; i < inputs; i++) {
      int[] shape = shapes.get(indexes.get(i));
      if (shape != null) {
        require(
            tensorflowlite.TfLiteInterpreterResizeInputTensor(interpreter, i, shape, shape.length));
      }
    }
    require(tensorflowlite.TfLiteInterpreterAllocateTensors(interpreter));
  }

  /** Gives an input its bytes. */
  void set(int index, ByteBuffer values) {
    TfLiteTensor tensor = tensorflowlite.TfLiteInterpreterGetTensor(interpreter, index);
    byte[] copied = new byte[values.remaining()];
    values.duplicate().get(copied);
    try (BytePointer source = new BytePointer(copied)) {
      require(tensorflowlite.TfLiteTensorCopyFromBuffer(tensor, source, copied.length));
    }
  }

  LatencyProfile run(int warmup, int runs) {
    double[] whole = new double[runs];
    Map<String, double[]> micros = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (int i = -warmup; i < runs; i++) {
      clock.reset();
      long start = System.nanoTime();
      require(tensorflowlite.TfLiteInterpreterInvoke(interpreter));
      if (i >= 0) {
        whole[i] = (System.nanoTime() - start) / 1e3;
        int run = i;
        counts.clear();
        clock.forEach(
            (operator, nanos) -> {
              micros.computeIfAbsent(operator, name -> new double[runs])[run] += nanos / 1e3;
              counts.merge(operator, 1, Integer::sum);
            });
      }
    }
    List<OperatorTime> times = new ArrayList<>();
    micros.forEach(
        (operator, values) ->
            times.add(
                new OperatorTime(
                    operator, counts.getOrDefault(operator, 0), LatencyStatistics.median(values))));
    times.sort(Comparator.comparingDouble(OperatorTime::medianMicros).reversed());
    return new LatencyProfile(LatencyStatistics.median(whole), times, runs, threads);
  }

  @Override
  public void close() {
    opened.close();
  }

  private static boolean isAbsent(@Nullable Pointer pointer) {
    return pointer == null || pointer.isNull();
  }

  private static void require(int status) {
    if (status != tensorflowlite.kTfLiteOk) {
      throw new IllegalStateException("TensorFlow Lite cannot profile the model, status " + status);
    }
  }
}
