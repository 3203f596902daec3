package org.tfmot.api;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import org.apiguardian.api.API;

/**
 * Keeps TensorFlow's information messages off the terminal; warnings and errors still come. At its
 * level INFO TensorFlow prints what the processor could do, and TensorFlow Java a line for each
 * fake quantization that is differentiated.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class NativeLogs {

  private static final String LEVEL = "TF_CPP_MIN_LOG_LEVEL";
  private static final String WARNINGS = "1";

  private NativeLogs() {}

  /**
   * Sets the environment variable {@code TF_CPP_MIN_LOG_LEVEL} of this process to 1, unless the
   * user has set it. TensorFlow reads it once, with its first message, so this takes effect only
   * before TensorFlow is loaded. Every way to a {@link GraphModel} calls it; a program that uses
   * TensorFlow's own classes before them calls it first. Does nothing on Windows.
   */
  public static void quiet() {
    if (System.getenv(LEVEL) != null || Platform.isWindows()) {
      return;
    }
    try {
      Function.getFunction("c", "setenv").invokeInt(new Object[] {LEVEL, WARNINGS, 0});
    } catch (LinkageError e) {
      // Without JNA's native library the messages come, and nothing else changes.
      System.getLogger(NativeLogs.class.getName())
          .log(System.Logger.Level.DEBUG, "TensorFlow's information messages stay on", e);
    }
  }
}
