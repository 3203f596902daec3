package org.tfmot.examples.sparse;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.tensorflowlite.global.tensorflowlite;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/**
 * Makes the runtime take this processor for one without AVX, for the rest of the process. XNNPACK
 * computes sparsely on all processors but x86 ones with AVX; so its sparse kernels, which on x86
 * use SSE, can be measured here too, beside its dense ones for SSE.
 */
final class WithoutAvx {

  private static final String RUNTIME = "2.18.0";

  /** Offset of the flags of AVX and later extensions in {@code cpuinfo_isa}. */
  private static final int FIRST = 0x16;

  private static final int SIZE = 0x53;

  private WithoutAvx() {}

  /**
   * Has to be called before the first interpreter is opened.
   *
   * @throws IllegalStateException on another system than 64-bit Linux on x86, or with another
   *     release of the runtime than the one whose flags are known
   */
  static void pretend() {
    if (!Platform.isLinux()
        || !Platform.ARCH.equals("x86-64")
        || !TfLiteInterpreter.runtimeVersion().equals(RUNTIME)) {
      throw new IllegalStateException(
          "AVX can be hidden from TensorFlow Lite %s on Linux and x86-64 only, not from %s on %s"
              .formatted(RUNTIME, TfLiteInterpreter.runtimeVersion(), Platform.RESOURCE_PREFIX));
    }
    NativeLibrary library = NativeLibrary.getInstance(Loader.load(tensorflowlite.class));
    // Later calls find it initialized, and leave the flags as they are.
    library.getFunction("cpuinfo_initialize").invokeInt(new Object[0]);
    Pointer flags = library.getGlobalVariableAddress("cpuinfo_isa");
    flags.setMemory(FIRST, SIZE - FIRST, (byte) 0);
  }
}
