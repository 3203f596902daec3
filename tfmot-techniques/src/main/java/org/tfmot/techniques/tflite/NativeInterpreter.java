package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.bytedeco.tensorflowlite.RegistrationNodePair;
import org.bytedeco.tensorflowlite.TfLiteRegistration;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/** The C++ interpreter with all that has to live as long as it does. Checks models, but no use. */
final class NativeInterpreter implements AutoCloseable {

  private final TfLiteModel model;
  private final BytePointer bytes;
  private final FlatBufferModel file;
  private final BuiltinOpResolverWithoutDefaultDelegates resolver;
  private final XnnPackDelegate delegate;
  private final Interpreter interpreter;

  /**
   * @throws IllegalArgumentException if the model breaks a rule of the kernels, or the runtime does
   *     not take it
   */
  NativeInterpreter(TfLiteModel model, int threads) {
    KernelRules.check(model);
    this.model = model;
    byte[] content = model.toByteArray();
    bytes = new BytePointer(content);
    file = FlatBufferModel.VerifyAndBuildFromBuffer(bytes, content.length);
    if (file == null || file.isNull()) {
      bytes.close();
      throw new IllegalArgumentException(
          "not a sound TensorFlow Lite model: its structure is broken");
    }
    resolver = new BuiltinOpResolverWithoutDefaultDelegates();
    delegate = new XnnPackDelegate(threads);
    interpreter = new Interpreter((Pointer) null);
    try {
      build(threads);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void build(int threads) {
    try (InterpreterBuilder builder = new InterpreterBuilder(file, resolver)) {
      require(builder.apply(interpreter, threads), "build an interpreter for");
    }
    int delegation = interpreter.ModifyGraphWithDelegate(delegate.delegate());
    // XNNPACK takes no model in which the shape of a tensor depends on values, such as zeros of the
    // batch's size. The runtime's own kernels then run all of it.
    if (delegation != tensorflowlite.kTfLiteApplicationError) {
      require(delegation, "delegate to XNNPACK");
    }
    require(interpreter.AllocateTensors(), "allocate the tensors of");
  }

  /**
   * Gives inputs other shapes.
   *
   * @throws IllegalArgumentException if the model does not take them
   */
  void resize(Map<Integer, int[]> inputs) {
    KernelRules.check(model, inputs);
    inputs.forEach(
        (index, shape) ->
            require(interpreter.ResizeInputTensor(index, shape), "resize the inputs of"));
    require(interpreter.AllocateTensors(), "allocate the tensors of");
  }

  void invoke() {
    require(interpreter.Invoke(), "run");
  }

  /** The memory of a tensor: of as many bytes as it has now, at most until the next resize. */
  ByteBuffer data(int index) {
    TfLiteTensor tensor = interpreter.tensor(index);
    BytePointer memory = tensor.data().int8();
    if (memory == null || memory.isNull()) {
      throw new IllegalArgumentException(
          "the runtime gave no memory to tensor " + tensor.name().getString());
    }
    return memory.capacity(tensor.bytes()).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  int delegateKernels() {
    return executionPlan().size() - undelegatedOperators().size();
  }

  List<String> undelegatedOperators() {
    List<String> names = executionPlan();
    names.removeIf(
        name -> name.equals(BuiltinOperators.name(tensorflowlite.kTfLiteBuiltinDelegate)));
    return names;
  }

  private List<String> executionPlan() {
    List<String> names = new ArrayList<>();
    IntPointer plan = interpreter.execution_plan();
    for (long i = 0; i < plan.limit(); i++) {
      RegistrationNodePair node = interpreter.node_and_registration(plan.get(i));
      TfLiteRegistration registration = node.second();
      names.add(BuiltinOperators.name(registration.builtin_code()));
    }
    return names;
  }

  @Override
  public void close() {
    interpreter.close();
    delegate.close();
    resolver.close();
    file.close();
    bytes.close();
  }

  private void require(int status, String what) {
    if (status != tensorflowlite.kTfLiteOk) {
      List<String> custom =
          model.operators().stream()
              .filter(TfLiteOperator::custom)
              .map(TfLiteOperator::name)
              .distinct()
              .toList();
      throw new IllegalArgumentException(
          "TensorFlow Lite cannot %s the model (status %d, see the error log)%s"
              .formatted(
                  what,
                  status,
                  custom.isEmpty() ? "" : "; the runtime has to know its operations " + custom));
    }
  }
}
