package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.types.TInt32;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.runtime.RuntimeLibrary;
import org.tfmot.techniques.tflite.runtime.XnnPackDelegate;

/** A file whose inner tensors are outputs, so that the runtime keeps them. */
public final class RuntimeTensors implements AutoCloseable {
  private final BytePointer bytes;
  private final FlatBufferModel model;
  private final BuiltinOpResolverWithoutDefaultDelegates kernels;
  private final Interpreter interpreter;
  private final @Nullable XnnPackDelegate delegate;

  /**
   * Opens a file.
   *
   * @param delegated whether XNNPACK runs what it takes, or the runtime's own kernels all
   */
  public RuntimeTensors(TfLiteModel file, boolean delegated) {
    RuntimeLibrary.load();
    byte[] content = file.toByteArray();
    bytes = new BytePointer(content);
    model = FlatBufferModel.BuildFromBuffer(bytes, content.length);
    kernels = new BuiltinOpResolverWithoutDefaultDelegates();
    interpreter = new Interpreter((Pointer) null);
    delegate = delegated ? new XnnPackDelegate(1) : null;
    try (InterpreterBuilder builder = new InterpreterBuilder(model, kernels)) {
      require(builder.apply(interpreter, 1));
    }
    List<Integer> outputs = new ArrayList<>();
    file.operators().forEach(operator -> outputs.addAll(operator.outputs()));
    require(
        interpreter.SetOutputs(outputs.stream().distinct().mapToInt(Integer::intValue).toArray()));
    if (delegate != null) {
      require(interpreter.ModifyGraphWithDelegate(delegate.delegate()));
    }
    require(interpreter.AllocateTensors());
  }

  /** The memory of a tensor of the first subgraph. */
  public ByteBuffer data(int tensor) {
    BytePointer memory = interpreter.tensor(tensor).data().int8();
    return memory.capacity(interpreter.tensor(tensor).bytes()).asByteBuffer();
  }

  /** Runs the file on what its inputs hold. */
  public void invoke() {
    require(interpreter.Invoke());
  }

  /** The bytes of a tensor of floats or of integers, example after example. */
  public static byte[] bytes(Tensor tensor) {
    boolean ints = tensor instanceof TInt32;
    float[] floats = ints ? new float[0] : TensorProtos.toFloats(TensorProtos.of(tensor));
    int[] numbers = ints ? TensorProtos.toInts(TensorProtos.of(tensor)) : new int[0];
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * (floats.length + numbers.length));
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    for (float value : floats) {
      buffer.putFloat(value);
    }
    for (int value : numbers) {
      buffer.putInt(value);
    }
    return buffer.array();
  }

  private static void require(int status) {
    if (status != 0) {
      throw new IllegalStateException("the runtime failed with status " + status);
    }
  }

  @Override
  public void close() {
    interpreter.close();
    if (delegate != null) {
      delegate.close();
    }
    kernels.close();
    model.close();
    bytes.close();
  }
}
