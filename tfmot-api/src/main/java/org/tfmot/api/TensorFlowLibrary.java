package org.tfmot.api;

import java.util.Locale;
import org.tensorflow.TensorFlow;

/** Loads TensorFlow's native library. */
final class TensorFlowLibrary {

  private TensorFlowLibrary() {}

  /**
   * Loads the library, once.
   *
   * @throws IllegalStateException naming the Maven artifact to add if it is not on the class path
   */
  static void load() {
    NativeLogs.quiet();
    try {
      TensorFlow.version();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          ("TensorFlow's native library for %1$s is not on the class path: add"
               + " org.tensorflow:tensorflow-core-native with the classifier %1$s, in the version"
               + " of tensorflow-core-api (%2$s)")
              .formatted(classifier(), e.getMessage()),
          e);
    }
  }

  /** Returns the classifier of this platform's artifacts, such as {@code linux-x86_64}. */
  private static String classifier() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch");
    String os =
        system.startsWith("mac") ? "macosx" : system.startsWith("win") ? "windows" : "linux";
    return switch (processor) {
      case "amd64", "x86_64" -> os + "-x86_64";
      case "aarch64" -> os + "-arm64";
      default -> os + "-" + processor;
    };
  }
}
