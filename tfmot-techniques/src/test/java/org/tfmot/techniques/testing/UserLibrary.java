package org.tfmot.techniques.testing;

import com.sun.jna.Callback;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.types.TFloat32;

/**
 * An operation that is not TensorFlow's: registered as a library of a user's own does it, with a
 * kernel for the CPU, over TensorFlow's C interface.
 */
public final class UserLibrary {

  /** The operation's type: of a float tensor, the same values plus 1. */
  public static final String PLUS_ONE = "UsersPlusOne";

  private static final int FLOAT = 1;

  /** What a kernel does; TensorFlow calls it from threads of its own. */
  interface Compute extends Callback {
    void invoke(Pointer kernel, Pointer context);
  }

  // Held here so that TensorFlow may call it as long as the JVM lives.
  private static final NativeLibrary LIBRARY = find();
  private static final Compute COMPUTE = (kernel, context) -> compute(context);

  static {
    Pointer status = function("TF_NewStatus").invokePointer(new Object[] {});
    Pointer definition = pointer("TF_NewOpDefinitionBuilder", PLUS_ONE);
    call("TF_OpDefinitionBuilderAddInput", definition, "x: float");
    call("TF_OpDefinitionBuilderAddOutput", definition, "y: float");
    call(
        "TF_OpDefinitionBuilderSetShapeInferenceFunction",
        definition,
        function("TF_ShapeInferenceContextSetUnknownShape"));
    call("TF_RegisterOpDefinition", definition, status);
    requireOk(status);
    Pointer kernel =
        pointer("TF_NewKernelBuilder", PLUS_ONE, "CPU", Pointer.NULL, COMPUTE, Pointer.NULL);
    call("TF_RegisterKernelBuilder", PLUS_ONE, kernel, status);
    requireOk(status);
    call("TF_DeleteStatus", status);
  }

  private UserLibrary() {}

  /** Adds the operation to a model. */
  public static Operand<TFloat32> plusOne(TestLayers layers, String name, Operand<TFloat32> x) {
    return layers
        .tf()
        .scope()
        .env()
        .opBuilder(PLUS_ONE, name, layers.tf().scope())
        .addInput(x.asOutput())
        .build()
        .<TFloat32>output(0);
  }

  private static void compute(Pointer context) {
    Pointer status = function("TF_NewStatus").invokePointer(new Object[] {});
    PointerByReference in = new PointerByReference();
    call("TF_GetInput", context, 0, in, status);
    Pointer input = in.getValue();
    int rank = function("TF_NumDims").invokeInt(new Object[] {input});
    long[] sizes = new long[rank];
    Arrays.setAll(sizes, i -> function("TF_Dim").invokeLong(new Object[] {input, i}));
    long bytes = function("TF_TensorByteSize").invokeLong(new Object[] {input});
    Pointer output = pointer("TF_AllocateOutput", context, 0, FLOAT, sizes, rank, bytes, status);
    Pointer from = pointer("TF_TensorData", input);
    Pointer to = pointer("TF_TensorData", output);
    for (long at = 0; at < bytes; at += Float.BYTES) {
      to.setFloat(at, from.getFloat(at) + 1);
    }
    call("TF_DeleteTensor", input);
    call("TF_DeleteTensor", output);
    call("TF_DeleteStatus", status);
  }

  private static void requireOk(Pointer status) {
    if (function("TF_GetCode").invokeInt(new Object[] {status}) != 0) {
      throw new IllegalStateException(
          function("TF_Message").invokeString(new Object[] {status}, false));
    }
  }

  private static void call(String name, Object... arguments) {
    function(name).invokeVoid(arguments);
  }

  private static Pointer pointer(String name, Object... arguments) {
    return function(name).invokePointer(arguments);
  }

  private static Function function(String name) {
    return LIBRARY.getFunction(name);
  }

  /** TensorFlow's library, the copy that is in use. */
  private static NativeLibrary find() {
    String version = TensorFlow.version();
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains("/libtensorflow_cc"))
          .map(line -> NativeLibrary.getInstance(line.substring(line.indexOf('/'))))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no library of TensorFlow " + version));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
