package org.tfmot.api;

import org.bytedeco.javacpp.Loader;
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
    try {
      TensorFlow.version();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          ("TensorFlow's native library for %1$s is not on the class path: add"
                  + " org.tensorflow:tensorflow-core-native with the classifier %1$s, in the version"
                  + " of tensorflow-core-api (%2$s)")
              .formatted(Loader.getPlatform(), e.getMessage()),
          e);
    }
  }
}
