package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Experiment configurations of one kind of task as YAML, strictly. */
final class ConfigYaml<T extends TaskConfig> {

  private static final ObjectMapper MAPPER = mapper();

  private final JavaType type;

  ConfigYaml(Class<T> taskType) {
    this.type = MAPPER.getTypeFactory().constructParametricType(ExperimentConfig.class, taskType);
  }

  static String write(ExperimentConfig<?> config) {
    try {
      return MAPPER.writeValueAsString(config);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as YAML: " + config, e);
    }
  }

  /**
   * Reads a file; an empty one overrides nothing.
   *
   * @throws IllegalArgumentException if it cannot be read or is not a YAML mapping
   */
  static ObjectNode read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read the config file " + file, e);
    }
  }

  /**
   * Parses the text of a file.
   *
   * @param source what messages call it
   * @throws IllegalArgumentException if it is not a YAML mapping
   */
  static ObjectNode parse(String text, String source) {
    try {
      return mapping(MAPPER.readTree(text), source);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(source + ": " + message(e), e);
    }
  }

  /**
   * Reads a value such as {@code 5e-4}, {@code [1, 2]} or {@code null}.
   *
   * @throws JsonProcessingException if it is not YAML
   */
  static JsonNode readValue(String text) throws JsonProcessingException {
    return MAPPER.readTree(text);
  }

  static ObjectNode newMapping() {
    return MAPPER.createObjectNode();
  }

  ObjectNode tree(ExperimentConfig<T> config) {
    return MAPPER.valueToTree(config);
  }

  /**
   * Checks the keys and the types of the values of a part of a configuration.
   *
   * @throws IllegalArgumentException if one does not fit; the message names source and key
   */
  void check(ObjectNode part, String source) {
    try {
      MAPPER
          .readerFor(type)
          .without(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .readValue(part);
    } catch (IOException e) {
      throw new IllegalArgumentException(source + ": " + message(e), e);
    }
  }

  /**
   * A whole configuration.
   *
   * @throws IllegalArgumentException if a value does not fit; the message names the key
   */
  ExperimentConfig<T> config(ObjectNode whole) {
    try {
      return MAPPER.readerFor(type).readValue(whole);
    } catch (IOException e) {
      throw new IllegalArgumentException(message(e), e);
    }
  }

  private static ObjectNode mapping(JsonNode node, String source) {
    if (node.isMissingNode() || node.isNull()) {
      return newMapping();
    }
    if (node instanceof ObjectNode mapping) {
      return mapping;
    }
    throw new IllegalArgumentException(source + ": expected sections such as \"trainer:\"");
  }

  private static String message(IOException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      List<JsonMappingException.Reference> path = unknown.getPath();
      String section = path(path.subList(0, path.size() - 1));
      return "unknown key \"%s\"; %s has %s"
          .formatted(
              path(path),
              section.isEmpty() ? "a configuration" : section,
              unknown.getKnownPropertyIds().stream()
                  .map(String::valueOf)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      return path(mapping.getPath()) + ": " + mapping.getOriginalMessage();
    }
    return e instanceof JsonProcessingException json
        ? json.getOriginalMessage() + position(json)
        : String.valueOf(e.getMessage());
  }

  private static String position(JsonProcessingException e) {
    return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
  }

  private static String path(List<JsonMappingException.Reference> path) {
    return path.stream()
        .map(
            step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
        .collect(Collectors.joining("."));
  }

  private static ObjectMapper mapper() {
    YAMLMapper mapper =
        YAMLMapper.builder(
                YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();
    // YAML 1.1 takes 5e-4, without a dot, for a text.
    mapper
        .coercionConfigFor(LogicalType.Float)
        .setCoercion(CoercionInputShape.String, CoercionAction.TryConvert);
    return mapper;
  }
}
