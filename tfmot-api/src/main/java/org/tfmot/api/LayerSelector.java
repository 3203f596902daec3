package org.tfmot.api;

import java.util.Set;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * Chooses operations of a graph by their name and type. A layer's name selects every operation
 * below it: {@code logits} selects {@code logits} and {@code logits/MatMul}.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL)
public interface LayerSelector {

  /**
   * Whether an operation is chosen.
   *
   * @param name the operation's name, such as {@code stage1/block1/conv1/Conv2D}
   * @param type its type, such as {@code Conv2D}
   */
  boolean selects(String name, String type);

  /** All layers. */
  static LayerSelector layers() {
    return (name, type) -> true;
  }

  /** Layers by name. */
  static LayerSelector named(String... layers) {
    Set<String> names = Set.of(layers);
    return (name, type) -> {
      for (String layer : names) {
        if (name.equals(layer) || name.startsWith(layer + "/")) {
          return true;
        }
      }
      return false;
    };
  }

  /** Operations whose whole name matches a regular expression. */
  static LayerSelector matching(String regularExpression) {
    Pattern pattern = Pattern.compile(regularExpression);
    return (name, type) -> pattern.matcher(name).matches();
  }

  /** Operations of the given types, such as {@code Conv2D}. */
  static LayerSelector ofType(String... types) {
    Set<String> wanted = Set.of(types);
    return (name, type) -> wanted.contains(type);
  }

  /** What this selects, without the given layers. */
  default LayerSelector except(String... layers) {
    return except(named(layers));
  }

  /** What this selects and another does not. */
  default LayerSelector except(LayerSelector other) {
    return (name, type) -> selects(name, type) && !other.selects(name, type);
  }

  /** What this or another selects. */
  default LayerSelector or(LayerSelector other) {
    return (name, type) -> selects(name, type) || other.selects(name, type);
  }
}
