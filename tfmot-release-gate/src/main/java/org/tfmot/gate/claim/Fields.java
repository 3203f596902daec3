package org.tfmot.gate.claim;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of a JSON object and collects what is wrong with them, where an ordinary
 * binding would stop at the first. A member that is wrong is read as null.
 */
final class Fields {

  private final JsonNode object;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  Fields(JsonNode object, Problems problems) {
    this.object = object;
    this.problems = problems;
    if (!object.isObject()) {
      problems.add("is %s, an object is needed", nameOf(object));
    }
  }

  private @Nullable JsonNode member(String key, boolean required) {
    known.add(key);
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      if (required && object.isObject()) {
        problems.at(key).add("is missing");
      }
      return null;
    }
    return value;
  }

  private <V> @Nullable V read(
      String key,
      String wanted,
      boolean required,
      Function<JsonNode, Boolean> fits,
      Function<JsonNode, V> convert) {
    JsonNode value = member(key, required);
    if (value == null) {
      return null;
    }
    if (!fits.apply(value)) {
      problems.at(key).add("is %s, %s is needed", nameOf(value), wanted);
      return null;
    }
    return convert.apply(value);
  }

  @Nullable String text(String key) {
    return read(key, "text", true, JsonNode::isTextual, JsonNode::textValue);
  }

  @Nullable Double number(String key) {
    return read(key, "a number", true, JsonNode::isNumber, JsonNode::doubleValue);
  }

  /** As {@link #number}, but it may be missing. */
  @Nullable Double optionalNumber(String key) {
    return read(key, "a number", false, JsonNode::isNumber, JsonNode::doubleValue);
  }

  @Nullable Integer integer(String key) {
    return read(
        key,
        "an integer",
        true,
        n -> n.canConvertToExactIntegral() && n.canConvertToInt(),
        JsonNode::intValue);
  }

  @Nullable Long longInteger(String key) {
    return read(
        key,
        "an integer",
        true,
        n -> n.canConvertToExactIntegral() && n.canConvertToLong(),
        JsonNode::longValue);
  }

  @Nullable Boolean flag(String key) {
    return read(key, "true or false", true, JsonNode::isBoolean, JsonNode::booleanValue);
  }

  <E extends Enum<E>> @Nullable E constant(String key, Class<E> type) {
    String text = text(key);
    if (text == null) {
      return null;
    }
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    problems
        .at(key)
        .add("is \"%s\", one of %s is needed", text, Arrays.toString(type.getEnumConstants()));
    return null;
  }

  <V> @Nullable V object(
      String key, boolean required, BiFunction<Fields, Problems, @Nullable V> reader) {
    JsonNode value = member(key, required);
    if (value == null) {
      return null;
    }
    Problems place = problems.at(key);
    Fields fields = new Fields(value, place);
    V read = reader.apply(fields, place);
    fields.refuseOthers();
    return read;
  }

  /** A list of objects; null in place of each that is wrong. */
  <V> List<@Nullable V> list(
      String key, boolean required, BiFunction<Fields, Problems, @Nullable V> reader) {
    List<@Nullable V> values = new ArrayList<>();
    JsonNode array = array(key, required);
    for (int i = 0; array != null && i < array.size(); i++) {
      Problems place = problems.at(key).at(i);
      Fields fields = new Fields(array.get(i), place);
      values.add(reader.apply(fields, place));
      fields.refuseOthers();
    }
    return values;
  }

  List<Double> numbers(String key) {
    List<Double> values = new ArrayList<>();
    JsonNode array = array(key, false);
    for (int i = 0; array != null && i < array.size(); i++) {
      JsonNode value = array.get(i);
      if (value.isNumber()) {
        values.add(value.doubleValue());
      } else {
        problems.at(key).at(i).add("is %s, a number is needed", nameOf(value));
      }
    }
    return values;
  }

  private @Nullable JsonNode array(String key, boolean required) {
    JsonNode value = member(key, required);
    if (value != null && !value.isArray()) {
      problems.at(key).add("is %s, a list is needed", nameOf(value));
      return null;
    }
    return value;
  }

  /** Refuses every key that was not asked for; call it last. */
  void refuseOthers() {
    object
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                problems.at(key).add("unknown key; known here: %s", String.join(", ", known));
              }
            });
  }

  private static String nameOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "the text \"" + value.textValue() + "\"";
      case NUMBER, BOOLEAN -> value.asText();
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      default -> value.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }
}
