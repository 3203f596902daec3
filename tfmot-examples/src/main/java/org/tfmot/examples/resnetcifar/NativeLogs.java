package org.tfmot.examples.resnetcifar;

import com.sun.jna.Function;
import com.sun.jna.Platform;

/** Keeps TensorFlow's start-up messages off the terminal; warnings and errors still come. */
public final class NativeLogs {

  private static final String LEVEL = "TF_CPP_MIN_LOG_LEVEL";
  private static final String WARNINGS = "1";

  private NativeLogs() {}

  /** Has to be called before TensorFlow is loaded; a level that the user set is kept. */
  public static void quiet() {
    if (System.getenv(LEVEL) == null && !Platform.isWindows()) {
      Function.getFunction("c", "setenv").invokeInt(new Object[] {LEVEL, WARNINGS, 0});
    }
  }
}
