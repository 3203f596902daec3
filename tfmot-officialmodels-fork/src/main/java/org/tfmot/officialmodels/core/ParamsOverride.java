package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Parses {@code a.b=1,a.c=[2, 3]}; the values are YAML. */
final class ParamsOverride {

  static final String SOURCE = "--params_override";

  private ParamsOverride() {}

  /**
   * The tree that the text describes.
   *
   * @throws IllegalArgumentException if it is not {@code key=value,...} or a key comes twice
   */
  static ObjectNode parse(String text) {
    ObjectNode root = ConfigYaml.newMapping();
    for (String assignment : split(text)) {
      int equals = assignment.indexOf('=');
      String key = equals < 0 ? "" : assignment.substring(0, equals).strip();
      if (!key.matches("\\w+(\\.\\w+)*")) {
        throw new IllegalArgumentException(
            "%s: expected section.key=value, not \"%s\"".formatted(SOURCE, assignment.strip()));
      }
      put(root, key, value(key, assignment.substring(equals + 1).strip()));
    }
    return root;
  }

  private static JsonNode value(String key, String text) {
    try {
      JsonNode value = ConfigYaml.readValue(text);
      if (value.isMissingNode()) {
        throw new IllegalArgumentException("%s: %s has no value".formatted(SOURCE, key));
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s: the value \"%s\" of %s is not YAML".formatted(SOURCE, text, key), e);
    }
  }

  private static void put(ObjectNode root, String key, JsonNode value) {
    String path = key;
    ObjectNode section = root;
    for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.')) {
      String name = path.substring(0, dot);
      JsonNode child = section.get(name);
      if (child == null) {
        section = section.putObject(name);
      } else if (child instanceof ObjectNode known) {
        section = known;
      } else {
        throw twice(key);
      }
      path = path.substring(dot + 1);
    }
    if (section.has(path)) {
      throw twice(key);
    }
    section.set(path, value);
  }

  private static IllegalArgumentException twice(String key) {
    return new IllegalArgumentException("%s: %s is given twice".formatted(SOURCE, key));
  }

  /** Splits at the commas that are not within brackets or quotes. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    char quote = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }
}
