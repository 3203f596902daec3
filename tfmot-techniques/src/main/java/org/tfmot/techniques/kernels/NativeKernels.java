package org.tfmot.techniques.kernels;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.OpDef;

/**
 * The kernel library in this process. It is loaded once, when the first model is opened to be
 * trained, and stays: TensorFlow keeps the addresses of its functions.
 */
final class NativeKernels {

  static final String FAKE_QUANT = "TfmotFakeQuant1";
  static final String FAKE_QUANT_GRADIENT = "TfmotFakeQuantGradient1";
  static final String CLUSTER = "TfmotCluster1";
  static final String CLUSTER_GRADIENT = "TfmotClusterGradient1";
  static final String KEEP_ZEROS = "TfmotKeepZeros1";

  private static final List<String> OPERATIONS =
      List.of(FAKE_QUANT, FAKE_QUANT_GRADIENT, CLUSTER, CLUSTER_GRADIENT, KEEP_ZEROS);

  private static final List<String> LEVELS = List.of("none", "SSE4.1", "AVX2", "AVX-512");
  private static final int ABI = 1;
  private static final int MESSAGE = 512;

  private NativeKernels() {}

  /**
   * The result of loading.
   *
   * @param instructions of the processor that the loops use; empty if there is no library
   * @param failure why there are no native kernels; null if there are
   */
  record State(String instructions, @Nullable String failure) {}

  /** Returns the result, loading the library in the first call. */
  static State state() {
    return Loaded.STATE;
  }

  private static final class Loaded {
    static final State STATE = load(KernelLibrary.bundled());

    private Loaded() {}
  }

  /** Loads a library and registers its operations; any failure is a sentence. */
  static State load(KernelLibrary library) {
    try {
      Path file = library.extract();
      try {
        return register(NativeLibrary.getInstance(file.toString()));
      } finally {
        // The process has mapped it.
        Files.deleteIfExists(file);
        Files.deleteIfExists(Objects.requireNonNull(file.getParent()));
      }
    } catch (IOException | LinkageError | IllegalStateException e) {
      return failed(e.getMessage());
    }
  }

  private static State register(NativeLibrary library) throws IOException {
    int abi = library.getFunction("tfmot_abi").invokeInt(new Object[0]);
    if (abi != ABI) {
      return failed("the kernel library has version %d instead of %d".formatted(abi, ABI));
    }
    int level = library.getFunction("tfmot_level").invokeInt(new Object[0]);
    if (!areRegistered()) {
      try (Memory table = HostFunctions.table();
          Memory message = new Memory(MESSAGE)) {
        Function register = library.getFunction("tfmot_register");
        Object[] arguments = {table, HostFunctions.count(), message, MESSAGE};
        if (register.invokeInt(arguments) != 0) {
          return failed(message.getString(0, StandardCharsets.UTF_8.name()));
        }
      }
    }
    KernelGradients.register();
    return new State(LEVELS.get(level), null);
  }

  /** Returns whether another class loader's copy has done it: twice would end the process. */
  private static boolean areRegistered() {
    List<String> known =
        TensorFlow.registeredOpList().getOpList().stream().map(OpDef::getName).toList();
    return known.containsAll(OPERATIONS);
  }

  private static State failed(@Nullable String message) {
    return new State("", message == null ? "the kernel library cannot be loaded" : message);
  }
}
