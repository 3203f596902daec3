package org.tfmot.techniques.kernels;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The addresses of the functions that the kernel library calls, in the order of its {@code host.h}:
 * those of TensorFlow's C API, from the very copy that this process has loaded, and those of the C
 * library.
 */
final class HostFunctions {

  private static final Path PROCESS_MAP = Path.of("/proc/self/maps");

  private static final List<String> TENSORFLOW =
      List.of(
          "TF_NewStatus",
          "TF_DeleteStatus",
          "TF_SetStatus",
          "TF_GetCode",
          "TF_Message",
          "TF_NewOpDefinitionBuilder",
          "TF_OpDefinitionBuilderAddAttr",
          "TF_OpDefinitionBuilderAddInput",
          "TF_OpDefinitionBuilderAddOutput",
          "TF_OpDefinitionBuilderSetShapeInferenceFunction",
          "TF_RegisterOpDefinition",
          "TF_NewShapeHandle",
          "TF_DeleteShapeHandle",
          "TF_ShapeInferenceContextGetInput",
          "TF_ShapeInferenceContextSetOutput",
          "TF_NewKernelBuilder",
          "TF_RegisterKernelBuilder",
          "TF_OpKernelConstruction_GetAttrInt64",
          "TF_OpKernelConstruction_GetAttrBool",
          "TF_OpKernelConstruction_Failure",
          "TF_GetInput",
          "TF_AllocateOutput",
          "TF_ForwardInputOrAllocateOutput",
          "TF_OpKernelContext_Failure",
          "TF_DeleteTensor",
          "TF_TensorData",
          "TF_NumDims",
          "TF_Dim");

  private static final List<String> C_LIBRARY =
      List.of(
          "malloc",
          "free",
          "pthread_create",
          "pthread_detach",
          "pthread_mutex_lock",
          "pthread_mutex_trylock",
          "pthread_mutex_unlock",
          "pthread_mutex_init",
          "pthread_cond_init",
          "pthread_cond_wait",
          "pthread_cond_broadcast");

  private HostFunctions() {}

  static int count() {
    return TENSORFLOW.size() + C_LIBRARY.size();
  }

  /**
   * Returns the table. TensorFlow must be in the process.
   *
   * @throws UnsatisfiedLinkError naming a function that is not there
   */
  static Memory table() throws IOException {
    List<NativeLibrary> libraries = tensorFlowLibraries();
    Memory table = new Memory((long) count() * Native.POINTER_SIZE);
    long offset = 0;
    for (String name : TENSORFLOW) {
      table.setPointer(offset, address(libraries, name));
      offset += Native.POINTER_SIZE;
    }
    NativeLibrary process = NativeLibrary.getProcess();
    for (String name : C_LIBRARY) {
      table.setPointer(offset, process.getGlobalVariableAddress(name));
      offset += Native.POINTER_SIZE;
    }
    return table;
  }

  private static Pointer address(List<NativeLibrary> libraries, String name) {
    UnsatisfiedLinkError missing = new UnsatisfiedLinkError("TensorFlow has no function " + name);
    for (NativeLibrary library : libraries) {
      try {
        return library.getGlobalVariableAddress(name);
      } catch (UnsatisfiedLinkError e) {
        missing.addSuppressed(e); // perhaps the next library has it
      }
    }
    throw missing;
  }

  private static List<NativeLibrary> tensorFlowLibraries() throws IOException {
    List<NativeLibrary> libraries = new ArrayList<>();
    for (String prefix : List.of("libtensorflow_cc", "libtensorflow_framework")) {
      Files.readAllLines(PROCESS_MAP).stream()
          .filter(line -> line.indexOf('/') > 0)
          .map(line -> line.substring(line.indexOf('/')))
          .filter(line -> line.substring(line.lastIndexOf('/') + 1).startsWith(prefix))
          .findFirst()
          .ifPresent(path -> libraries.add(NativeLibrary.getInstance(path)));
    }
    return libraries;
  }
}
