package org.tfmot.techniques.tflite;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.tensorflow.TensorFlow;

/** Finds the libraries that TensorFlow Java has loaded into this process. */
final class LoadedLibraries {

  private static final Path PROCESS_MAP = Path.of("/proc/self/maps");

  private LoadedLibraries() {}

  /**
   * Refuses systems on which the converter's C++ interface is another one: the mangled names and
   * the layout of {@code std::string} are those of libstdc++.
   *
   * @throws TfLiteConversionException on anything but Linux
   */
  static void requireSupportedPlatform() {
    if (!Platform.isLinux() || !Platform.is64Bit()) {
      throw new TfLiteConversionException(
          "conversion to TensorFlow Lite runs on 64-bit Linux only, not on %s %s"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
    }
  }

  /**
   * A library of TensorFlow, the very copy that is in use.
   *
   * @param prefix how its file name starts, such as {@code libtensorflow_cc}
   * @throws TfLiteConversionException if it is not in this process
   */
  static NativeLibrary find(String prefix) {
    // The libraries are in the process only after TensorFlow's class initializer has run.
    String version = TensorFlow.version();
    try {
      List<String> map = Files.readAllLines(PROCESS_MAP);
      Optional<String> path =
          map.stream()
              .filter(line -> line.indexOf('/') > 0)
              .map(line -> line.substring(line.indexOf('/')))
              .filter(line -> line.substring(line.lastIndexOf('/') + 1).startsWith(prefix))
              .findFirst();
      return NativeLibrary.getInstance(
          path.orElseThrow(
              () ->
                  new TfLiteConversionException(
                      "TensorFlow %s has no library %s in this process"
                          .formatted(version, prefix))));
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new TfLiteConversionException("cannot open TensorFlow's library " + prefix, e);
    }
  }
}
