package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Lays one tree of parameters over another. */
final class ConfigMerge {

  private static final String TYPE = "type";

  private ConfigMerge() {}

  /**
   * Changes {@code base}.
   *
   * @throws IllegalArgumentException if a section is replaced by a value
   */
  static void merge(ObjectNode base, ObjectNode overlay, String source) {
    merge(base, overlay, source, "");
  }

  private static void merge(ObjectNode base, ObjectNode overlay, String source, String path) {
    if (overlay.has(TYPE) && !overlay.get(TYPE).equals(base.get(TYPE))) {
      base.removeAll(); // The values of another type: they mean nothing to the new one.
    }
    overlay
        .properties()
        .forEach(
            entry -> {
              String key = path + entry.getKey();
              JsonNode old = base.get(entry.getKey());
              JsonNode value = entry.getValue();
              if (old instanceof ObjectNode section) {
                if (!(value instanceof ObjectNode values)) {
                  throw new IllegalArgumentException(
                      "%s: %s is a section and cannot be %s".formatted(source, key, value));
                }
                merge(section, values, source, key + ".");
              } else {
                base.set(entry.getKey(), value);
              }
            });
  }
}
