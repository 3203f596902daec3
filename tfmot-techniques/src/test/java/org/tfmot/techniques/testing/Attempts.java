package org.tfmot.techniques.testing;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.tensorflow.exceptions.TensorFlowException;
import org.tfmot.techniques.tflite.TfLiteConversionException;

/** Steps on a damaged input, each of which may work or be refused with a sentence. */
public final class Attempts {

  /** The beginning of an outcome that must not be. */
  public static final String FAILED = "FAILED";

  private final List<String> failures = new ArrayList<>();
  private int works;
  private int refused;

  /**
   * Tries a step.
   *
   * @return its result, or null if it has none or was refused
   */
  public <T> @Nullable T attempt(String step, Callable<T> action) {
    try {
      T result = action.call();
      works++;
      return result;
    } catch (Throwable e) {
      if (isRefusal(e)) {
        refused++;
      } else {
        failures.add(step + " by " + describe(e));
      }
      return null;
    }
  }

  /** The outcome of all steps in words. */
  public String outcome() {
    if (!failures.isEmpty()) {
      return FAILED + " " + failures;
    }
    return refused == 0 ? "works" : works == 0 ? "refused" : "works in part";
  }

  /** Whether an exception is one that users may see, with a sentence. */
  public static boolean isRefusal(Throwable e) {
    boolean kind =
        e.getClass() == IllegalArgumentException.class
            || e.getClass() == IllegalStateException.class
            || e instanceof UncheckedIOException
            || e instanceof TfLiteConversionException
            || e.getClass().getPackage().equals(TensorFlowException.class.getPackage());
    return kind && e.getMessage() != null && e.getMessage().strip().contains(" ");
  }

  private static String describe(Throwable e) {
    List<StackTraceElement> stack = Arrays.asList(e.getStackTrace());
    List<StackTraceElement> own =
        stack.stream().filter(f -> f.getClassName().startsWith("org.tfmot")).limit(4).toList();
    return e + " at " + own;
  }
}
