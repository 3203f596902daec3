package org.tfmot.officialmodels.core;

import com.google.common.base.Strings;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Checks of configuration values whose messages begin with the value's key. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ConfigCheck {

  private ConfigCheck() {}

  /**
   * Checks one value.
   *
   * @param key the path of the key, such as {@code trainer.train_steps}
   * @param message what is expected, a format
   * @throws IllegalArgumentException if the condition is false
   */
  @FormatMethod
  public static void require(
      boolean condition, String key, @FormatString String message, @Nullable Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(
          key + " " + String.format(Locale.ROOT, message, arguments));
    }
  }

  /** Checks that a number is positive. */
  public static void requirePositive(long value, String key) {
    require(value > 0, key, "must be positive, not %d", value);
  }

  /**
   * Checks that a value is there.
   *
   * @throws IllegalArgumentException if it is null or an empty text
   */
  public static <T> T requireSet(@Nullable T value, String key) {
    if (value == null || (value instanceof String text && Strings.isNullOrEmpty(text))) {
      throw new IllegalArgumentException(key + " must be set");
    }
    return value;
  }
}
