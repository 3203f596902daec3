package org.tfmot.techniques.experiment;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.LayerSelector;

/** Checks of a section's values whose messages begin with the key. */
final class Keys {

  private Keys() {}

  @FormatMethod
  static void require(
      boolean condition, String key, @FormatString String message, @Nullable Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(
          key + " " + String.format(Locale.ROOT, message, arguments));
    }
  }

  /** Returns the constant of a name, in either case. */
  static <E extends Enum<E>> E constant(String key, @Nullable String name, E[] constants) {
    for (E constant : constants) {
      if (constant.name().equalsIgnoreCase(name)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "%s must be one of %s, not %s".formatted(key, List.of(constants), quoted(name)));
  }

  static String quoted(@Nullable String text) {
    return text == null ? "null" : "\"" + text + "\"";
  }

  /** Returns all layers but those that are excluded. */
  static LayerSelector layersExcept(@Nullable List<String> excluded) {
    if (excluded == null || excluded.isEmpty()) {
      return LayerSelector.layers();
    }
    require(
        excluded.stream().allMatch(Objects::nonNull),
        "excluded_layers",
        "must not contain null: %s",
        excluded);
    return LayerSelector.layers().except(excluded.toArray(String[]::new));
  }
}
