package org.tfmot.gate.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.tfmot.gate.json.Json;

/**
 * The form of a descriptor, which is a published JSON schema: the keys, the types of their values
 * and the constants. The rules check the values.
 */
final class DescriptorForm {

  private static final String RESOURCE = "technique-descriptor.schema.json";
  private static final JsonNode SCHEMA = read();
  private static final JsonSchema VALIDATOR =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(SCHEMA);

  private DescriptorForm() {}

  /**
   * A value that does not have the form.
   *
   * @param place keys and indices from the root on
   * @param unknown for a key that the form does not have
   */
  record Misfit(List<Object> place, boolean unknown, String problem) {

    /** Returns whether it is at a place, or further in. */
    boolean isIn(Object... outer) {
      return place.size() >= outer.length && place.subList(0, outer.length).equals(List.of(outer));
    }
  }

  /** Returns everything about a document that does not have the form. */
  static List<Misfit> misfits(JsonNode document) {
    return VALIDATOR.validate(document).stream().map(DescriptorForm::misfit).distinct().toList();
  }

  private static Misfit misfit(ValidationMessage message) {
    List<Object> place = place(message.getInstanceLocation());
    JsonNode value = message.getInstanceNode();
    return switch (message.getType()) {
      case "required" -> new Misfit(with(place, message.getProperty()), false, "is missing");
      case "additionalProperties" ->
          new Misfit(
              with(place, message.getProperty()),
              true,
              "unknown key; known here: "
                  + String.join(", ", names(schemaOf(place).get("properties"))));
      default ->
          new Misfit(
              place,
              false,
              value == null || value.isNull()
                  ? "is missing"
                  : "is %s, %s is needed".formatted(nameOf(value), needed(schemaOf(place))));
    };
  }

  private static String needed(JsonNode schema) {
    if (schema.has("enum")) {
      List<String> constants = new ArrayList<>();
      schema.get("enum").forEach(constant -> constants.add(constant.textValue()));
      return "one of " + constants;
    }
    JsonNode type = schema.get("type");
    return switch ((type.isArray() ? type.get(0) : type).textValue()) {
      case "string" -> "text";
      case "number" -> "a number";
      case "integer" -> "an integer";
      case "boolean" -> "true or false";
      case "array" -> "a list";
      default -> "an object";
    };
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

  private static JsonNode schemaOf(List<Object> place) {
    JsonNode schema = SCHEMA;
    for (Object step : place) {
      schema =
          step instanceof Integer
              ? schema.get("items")
              : schema.at("/properties").get(step.toString());
    }
    return schema;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<Object> place(JsonNodePath path) {
    List<Object> place = new ArrayList<>();
    for (int i = 0; i < path.getNameCount(); i++) {
      place.add(path.getElement(i));
    }
    return List.copyOf(place);
  }

  private static List<Object> with(List<Object> place, String step) {
    List<Object> longer = new ArrayList<>(place);
    longer.add(step);
    return List.copyOf(longer);
  }

  private static JsonNode read() {
    try (InputStream in = DescriptorForm.class.getResourceAsStream(RESOURCE)) {
      return Json.parse(RESOURCE, Objects.requireNonNull(in).readAllBytes(), JsonNode.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
