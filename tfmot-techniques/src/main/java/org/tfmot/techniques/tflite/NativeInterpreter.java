package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.ErrorReporter;
import org.bytedeco.tensorflowlite.FlatBufferModel;
import org.bytedeco.tensorflowlite.Interpreter;
import org.bytedeco.tensorflowlite.InterpreterBuilder;
import org.bytedeco.tensorflowlite.RegistrationNodePair;
import org.bytedeco.tensorflowlite.Subgraph;
import org.bytedeco.tensorflowlite.TfLiteRegistration;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import org.bytedeco.tensorflowlite.TfLiteVerifier;
import org.bytedeco.tensorflowlite.global.tensorflowlite;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;

/**
 * The C++ interpreter with all that has to live as long as it does. Checks models, but no use.
 *
 * <p>XNNPACK runs what it takes. Where it fails on a model as a whole, another interpreter runs all
 * of it on the runtime's own kernels, and {@link #refusal} is the reason.
 */
final class NativeInterpreter implements AutoCloseable {

  private final TfLiteModel model;
  private final RuntimeMessages messages = new RuntimeMessages();

  /** Closers of all that is open, the last first. */
  private final Deque<Runnable> opened = new ArrayDeque<>();

  private final BytePointer bytes;
  private final FlatBufferModel file;
  private final BuiltinOpResolverWithoutDefaultDelegates resolver;
  private final @Nullable XnnPackDelegate delegate;
  private final Interpreter interpreter;
  private final int threads;
  private final int delegateThreads;
  private @Nullable String refusal;
  private int kernelThreads;

  /**
   * @param threads that are allowed
   * @param delegateThreads how many of them XNNPACK gets; 0 if it is not asked
   */
  private NativeInterpreter(TfLiteModel model, int threads, int delegateThreads) {
    this.model = model;
    this.threads = threads;
    this.delegateThreads = delegateThreads;
    byte[] content = model.toByteArray();
    try {
      bytes = opened(new BytePointer(content));
      file = opened(verified(bytes, content.length));
      resolver = opened(new BuiltinOpResolverWithoutDefaultDelegates());
      delegate = delegateThreads == 0 ? null : opened(new XnnPackDelegate(delegateThreads));
      interpreter = opened(new Interpreter((Pointer) null));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends Pointer> T opened(T resource) {
    opened.push(resource::close);
    return resource;
  }

  private XnnPackDelegate opened(XnnPackDelegate resource) {
    opened.push(resource::close);
    return resource;
  }

  private FlatBufferModel verified(BytePointer bytes, int length) {
    Optional<ErrorReporter> reporter = messages.reporter();
    FlatBufferModel file =
        reporter.isPresent()
            ? FlatBufferModel.VerifyAndBuildFromBuffer(
                bytes, length, new TfLiteVerifier(null), reporter.get())
            : FlatBufferModel.VerifyAndBuildFromBuffer(bytes, length);
    if (file == null || file.isNull()) {
      throw new IllegalArgumentException(
          "not a sound TensorFlow Lite model: its structure is broken" + said());
    }
    return file;
  }

  /**
   * Opens a model, its inputs in the shapes that the file declares.
   *
   * @throws IllegalArgumentException if the model breaks a rule of the kernels, or the runtime does
   *     not take it
   */
  static NativeInterpreter open(TfLiteModel model, int threads) {
    return open(model, threads, Map.of());
  }

  /**
   * Opens a model with inputs of other shapes.
   *
   * @throws IllegalArgumentException as {@link #open(TfLiteModel, int)}
   */
  static NativeInterpreter open(TfLiteModel model, int threads, Map<Integer, int[]> inputs) {
    double cost = KernelRules.check(model, inputs);
    try {
      NativeInterpreter built = build(model, threads, threads, inputs);
      if (threads == 1 || built.refusal != null || built.pays(cost)) {
        return built;
      }
      built.close();
      return build(model, threads, 1, inputs);
    } catch (IllegalArgumentException e) {
      NativeInterpreter plain = build(model, threads, 0, inputs);
      plain.refusal = e.getMessage();
      return plain;
    }
  }

  private static NativeInterpreter build(
      TfLiteModel model, int threads, int delegateThreads, Map<Integer, int[]> inputs) {
    NativeInterpreter built = new NativeInterpreter(model, threads, delegateThreads);
    try {
      built.build(inputs);
      return built;
    } catch (RuntimeException e) {
      built.close();
      throw e;
    }
  }

  private void build(Map<Integer, int[]> inputs) {
    kernelThreads = threads;
    try (InterpreterBuilder builder = new InterpreterBuilder(file, resolver)) {
      require(builder.apply(interpreter, threads), "build an interpreter for");
    }
    // Before anything looks at the shapes: only these were checked.
    resizeTensors(inputs);
    if (delegate != null) {
      int delegation = interpreter.ModifyGraphWithDelegate(delegate.delegate());
      // Such as zeros of the batch's size. The runtime's own kernels then run all of it.
      if (delegation == tensorflowlite.kTfLiteApplicationError) {
        refusal =
            "XNNPACK takes no model in which the shape of a tensor depends on values" + said();
      } else {
        require(delegation, "delegate to XNNPACK");
        List<String> rest = undelegatedOperators();
        boolean delegated = rest.size() < executionPlan().size();
        kernelThreads = ThreadChoice.ofKernels(threads, rest, delegated);
        require(interpreter.SetNumThreads(kernelThreads), "set the threads of");
      }
    }
    require(interpreter.AllocateTensors(), "allocate the tensors of");
  }

  private boolean pays(double cost) {
    return ThreadChoice.pays(cost, delegateKernels(), model.operators().size());
  }

  /** Returns how many threads XNNPACK's kernels use, 0 if it does not run the model. */
  int delegateThreads() {
    return refusal == null ? delegateThreads : 0;
  }

  /** Returns how many threads the runtime's own kernels use. */
  int kernelThreads() {
    return kernelThreads;
  }

  /**
   * Gives inputs other shapes.
   *
   * @return whether this was done; if not, the new shapes are worth more threads, which another
   *     interpreter has to be opened for. One with threads keeps them in smaller shapes, lest
   *     batches that change open one each time
   * @throws IllegalArgumentException if the model does not take them; this interpreter is of no
   *     more use then
   */
  boolean resize(Map<Integer, int[]> inputs) {
    double cost = KernelRules.check(model, inputs);
    if (delegateThreads == 1 && threads > 1 && pays(cost)) {
      return false;
    }
    resizeTensors(inputs);
    require(interpreter.AllocateTensors(), "allocate the tensors of");
    return true;
  }

  private void resizeTensors(Map<Integer, int[]> inputs) {
    inputs.forEach(
        (index, shape) ->
            require(interpreter.ResizeInputTensor(index, shape), "resize the inputs of"));
  }

  void invoke() {
    require(interpreter.Invoke(), "run");
  }

  /** The memory of a tensor: of as many bytes as it has now, at most until the next resize. */
  ByteBuffer data(int index) {
    TfLiteTensor tensor = interpreter.tensor(index);
    BytePointer memory = tensor.data().int8();
    if (memory == null || memory.isNull()) {
      if (tensor.bytes() == 0) {
        return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
      }
      throw new IllegalArgumentException(
          "the runtime gave no memory to tensor " + tensor.name().getString());
    }
    return memory.capacity(tensor.bytes()).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns why XNNPACK does not run the model, if it runs nothing of it. */
  Optional<String> refusal() {
    return Optional.ofNullable(refusal);
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

  /** Returns the operators that are left, those of loops and branches behind the others. */
  private List<String> executionPlan() {
    List<String> names = new ArrayList<>();
    for (int graph = 0; graph < interpreter.subgraphs_size(); graph++) {
      Subgraph subgraph = interpreter.subgraph(graph);
      // Null if all was folded into constants.
      @Nullable IntPointer plan = subgraph.execution_plan();
      for (long i = 0; plan != null && i < plan.limit(); i++) {
        RegistrationNodePair node = subgraph.node_and_registration(plan.get(i));
        TfLiteRegistration registration = node.second();
        names.add(BuiltinOperators.name(registration.builtin_code()));
      }
    }
    return names;
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().run();
    }
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
          "TensorFlow Lite cannot %s the model%s%s"
              .formatted(
                  what,
                  said(),
                  custom.isEmpty() ? "" : "; the runtime has to know its operations " + custom));
    }
    messages.clear();
  }

  private String said() {
    String text = messages.text();
    messages.clear();
    return text.isEmpty() ? "" : ": " + text;
  }
}
