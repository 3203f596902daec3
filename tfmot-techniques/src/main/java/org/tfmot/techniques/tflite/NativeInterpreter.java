package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
import org.tfmot.techniques.tflite.runtime.OpenResources;
import org.tfmot.techniques.tflite.runtime.RuntimeMessages;
import org.tfmot.techniques.tflite.runtime.XnnPackDelegate;

/**
 * The C++ interpreter with all that has to live as long as it does. Checks models, but no use.
 *
 * <p>XNNPACK runs what it takes. Where it fails on a model as a whole, another interpreter runs all
 * of it on the runtime's own kernels, and {@link #refusal} is the reason.
 */
final class NativeInterpreter implements AutoCloseable {

  private final TfLiteModel model;
  private final RuntimeMessages messages = new RuntimeMessages();

  private final OpenResources opened;
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
   * @param opened takes over what is opened, also if this fails
   */
  private NativeInterpreter(
      TfLiteModel model, int threads, int delegateThreads, OpenResources opened) {
    this.model = model;
    this.threads = threads;
    this.delegateThreads = delegateThreads;
    this.opened = opened;
    byte[] content = model.toByteArray();
    bytes = opened.add(new BytePointer(content));
    file = opened.add(verified(bytes, content.length));
    resolver = opened.add(new BuiltinOpResolverWithoutDefaultDelegates());
    delegate = delegateThreads == 0 ? null : new XnnPackDelegate(delegateThreads);
    if (delegate != null) {
      opened.atClose(delegate::close);
    }
    interpreter = opened.add(new Interpreter((Pointer) null));
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
    return open(model, threads, inputs, OpenResources::new);
  }

  /**
   * Opens a model.
   *
   * @param resources gives each interpreter that is tried a place for what it opens; empty again if
   *     it is not the one that is returned
   */
  static NativeInterpreter open(
      TfLiteModel model,
      int threads,
      Map<Integer, int[]> inputs,
      Supplier<OpenResources> resources) {
    RunCost cost = KernelRules.check(model, inputs);
    Opening opening = new Opening(model, threads, inputs, resources);
    try {
      return opening
          .build(threads, it -> threads == 1 || it.refusal != null || it.pays(cost))
          .orElseGet(() -> opening.build(1));
    } catch (IllegalArgumentException e) {
      NativeInterpreter plain = opening.build(0);
      plain.refusal = e.getMessage();
      return plain;
    }
  }

  /** Builds interpreters of one model until one is right. */
  private record Opening(
      TfLiteModel model,
      int threads,
      Map<Integer, int[]> inputs,
      Supplier<OpenResources> resources) {

    NativeInterpreter build(int delegateThreads) {
      return build(delegateThreads, it -> true).orElseThrow();
    }

    /** Closes what it opened, however it ends, unless it returns an interpreter. */
    Optional<NativeInterpreter> build(int delegateThreads, Predicate<NativeInterpreter> isRight) {
      OpenResources opened = resources.get();
      boolean right = false;
      try {
        NativeInterpreter built = new NativeInterpreter(model, threads, delegateThreads, opened);
        built.build(inputs);
        right = isRight.test(built);
        return right ? Optional.of(built) : Optional.empty();
      } finally {
        if (!right) {
          opened.close();
        }
      }
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

  private boolean pays(RunCost cost) {
    double delegated = cost.without(undelegated().keySet());
    return ThreadChoice.pays(delegated, delegateKernels(), model.operators().size());
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
    RunCost cost = KernelRules.check(model, inputs);
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
    return executionPlan().size() - undelegated().size();
  }

  List<String> undelegatedOperators() {
    return List.copyOf(undelegated().values());
  }

  /** Returns the operators that the runtime's own kernels run. */
  private Map<RunCost.Place, String> undelegated() {
    Map<RunCost.Place, String> operators = executionPlan();
    operators
        .values()
        .removeIf(
            name -> name.equals(BuiltinOperators.name(tensorflowlite.kTfLiteBuiltinDelegate)));
    return operators;
  }

  /**
   * Returns the operators that are left, those of loops and branches behind the others. They keep
   * their places; those of delegates are behind all of the file's.
   */
  private Map<RunCost.Place, String> executionPlan() {
    Map<RunCost.Place, String> names = new LinkedHashMap<>();
    for (int graph = 0; graph < interpreter.subgraphs_size(); graph++) {
      Subgraph subgraph = interpreter.subgraph(graph);
      // Null if all was folded into constants.
      @Nullable IntPointer plan = subgraph.execution_plan();
      for (long i = 0; plan != null && i < plan.limit(); i++) {
        RegistrationNodePair node = subgraph.node_and_registration(plan.get(i));
        TfLiteRegistration registration = node.second();
        names.put(
            new RunCost.Place(graph, plan.get(i)),
            BuiltinOperators.name(registration.builtin_code()));
      }
    }
    return names;
  }

  @Override
  public void close() {
    opened.close();
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
