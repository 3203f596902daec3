package org.tfmot.techniques.tflite.runtime;

import org.apiguardian.api.API;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/** Loads the native library of the TensorFlow Lite runtime. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RuntimeLibrary {

  private RuntimeLibrary() {}

  /**
   * Loads the library, once.
   *
   * @throws IllegalStateException naming the Maven artifacts to add if it is not on the class path
   */
  public static void load() {
    String platform = Loader.getPlatform();
    try {
      Loader.load(tensorflowlite.class);
    } catch (LinkageError e) {
      throw new IllegalStateException(
          ("the native library of TensorFlow Lite for %1$s is not on the class path: add"
                  + " org.bytedeco:tensorflow-lite and org.bytedeco:javacpp with the classifier"
                  + " %1$s, in the versions of the artifacts without classifier (%2$s)")
              .formatted(platform, e.getMessage()),
          e);
    }
  }
}
