package org.tfmot.techniques.kernels;

import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Tells which kernels training graphs run: those of this toolkit, or TensorFlow's operations alone.
 * Both compute the same.
 *
 * <pre>{@code
 * System.out.println("kernels: " + Kernels.description());
 * }</pre>
 *
 * <p>The environment variable {@code TFMOT_KERNELS=off}, or the system property {@code
 * tfmot.kernels=off}, which is read whenever a model is opened, turns them off.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class Kernels {

  /** The system property. */
  static final String PROPERTY = "tfmot.kernels";

  private static final String VARIABLE = "TFMOT_KERNELS";

  private Kernels() {}

  /** Returns whether a model that is opened to be trained now gets native kernels. */
  public static boolean isNative() {
    return !isOff() && NativeKernels.state().failure() == null;
  }

  /**
   * Returns one line for a report: the native kernels and their instructions, such as {@code
   * "native (AVX-512)"}, or why there are none.
   */
  public static String description() {
    if (isOff()) {
      return "stock operations (turned off)";
    }
    NativeKernels.State state = NativeKernels.state();
    return state.failure() == null
        ? "native (" + state.instructions() + ")"
        : "stock operations (" + state.failure() + ")";
  }

  private static boolean isOff() {
    String property = System.getProperty(PROPERTY);
    return isOff(property == null ? System.getenv(VARIABLE) : property);
  }

  /**
   * Reads the switch.
   *
   * @throws IllegalArgumentException if it is neither {@code on} nor {@code off}
   */
  static boolean isOff(@Nullable String value) {
    return switch (value == null ? "" : value.toLowerCase(Locale.ROOT)) {
      case "", "on" -> false;
      case "off" -> true;
      default ->
          throw new IllegalArgumentException(
              "%s or %s is \"%s\": set it to on or off".formatted(VARIABLE, PROPERTY, value));
    };
  }
}
