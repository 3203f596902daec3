package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.api.graph.NearestNames;

/** Experiment configurations of one kind of task as YAML, strictly. */
final class ConfigYaml<T extends TaskConfig> {

  private static final ObjectMapper MAPPER = mapper();

  private final JavaType type;
  private final TechniqueSections techniques;

  /** The sections that Jackson binds; those of techniques are within {@code task}. */
  record Sections<T extends TaskConfig>(T task, TrainerSection trainer, RuntimeSection runtime) {}

  /**
   * Prepares.
   *
   * @param used techniques of the configuration; those of the class path are known anyway
   * @throws IllegalArgumentException if the task has a component of a technique's name
   */
  ConfigYaml(Class<T> taskType, List<TechniqueConfig> used) {
    this.type = MAPPER.getTypeFactory().constructParametricType(Sections.class, taskType);
    this.techniques = new TechniqueSections(used);
    JavaType task = MAPPER.getTypeFactory().constructType(taskType);
    MAPPER.getDeserializationConfig().introspect(task).findProperties().stream()
        .map(BeanPropertyDefinition::getName)
        .filter(techniques.names()::contains)
        .forEach(
            name -> {
              throw new IllegalArgumentException(
                  "task.%s is the section of a technique: %s needs another name for its component"
                      .formatted(name, taskType.getName()));
            });
  }

  static String write(ExperimentConfig<?> config) {
    try {
      return MAPPER.writeValueAsString(treeOf(config));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not to be written as YAML: " + config, e);
    }
  }

  private static ObjectNode treeOf(ExperimentConfig<?> config) {
    ObjectNode tree =
        MAPPER.valueToTree(new Sections<>(config.task(), config.trainer(), config.runtime()));
    if (TechniqueSections.task(tree) instanceof ObjectNode task) {
      config.techniques().forEach(t -> task.set(t.section(), MAPPER.valueToTree(t)));
    }
    return tree;
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
    return treeOf(config);
  }

  /**
   * Lays a part of a configuration over a whole one, which is changed. The section of a technique
   * that was not there before starts from its default values; null takes it out.
   *
   * @throws IllegalArgumentException if a key is unknown or the type of a value does not fit; the
   *     message names source and key
   */
  void merge(ObjectNode whole, ObjectNode part, String source) {
    ObjectNode overlay = part.deepCopy();
    if (TechniqueSections.task(whole) instanceof ObjectNode task
        && TechniqueSections.task(overlay) instanceof ObjectNode overlaid) {
      for (String name : techniques.names()) {
        JsonNode section = overlaid.get(name);
        if (section != null && section.isNull()) {
          task.remove(name);
          overlaid.remove(name);
        } else if (section != null && !task.has(name)) {
          task.set(name, MAPPER.valueToTree(techniques.defaultsOf(name)));
        }
      }
    }
    ConfigMerge.merge(whole, overlay, source);
    check(overlay, source);
  }

  private void check(ObjectNode part, String source) {
    ObjectNode rest = part.deepCopy();
    Map<String, JsonNode> sections = techniques.take(rest);
    ObjectReader lenient =
        MAPPER.reader().without(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
    String prefix = source + ": ";
    bind(lenient.forType(type), rest, prefix, "");
    sections.forEach((name, section) -> bindSection(lenient, name, section, prefix));
  }

  /**
   * A whole configuration.
   *
   * @throws IllegalArgumentException if a value does not fit; the message names the key
   */
  ExperimentConfig<T> config(ObjectNode whole) {
    ObjectNode rest = whole.deepCopy();
    Map<String, JsonNode> sections = techniques.take(rest);
    Sections<T> bound = bind(MAPPER.readerFor(type), rest, "", "");
    List<TechniqueConfig> used = new ArrayList<>();
    sections.forEach((name, section) -> used.add(bindSection(MAPPER.reader(), name, section, "")));
    return new ExperimentConfig<>(bound.task(), bound.trainer(), bound.runtime(), used);
  }

  private TechniqueConfig bindSection(
      ObjectReader reader, String name, JsonNode section, String source) {
    return bind(reader.forType(techniques.type(name)), section, source, "task." + name);
  }

  @SuppressWarnings("TypeParameterUnusedInFormals") // As of the reader itself.
  private <V> V bind(ObjectReader reader, JsonNode section, String source, String path) {
    try {
      return reader.readValue(section);
    } catch (IOException e) {
      throw new IllegalArgumentException(source + message(e, path), e);
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
    return e instanceof JsonProcessingException json
        ? json.getOriginalMessage() + position(json)
        : String.valueOf(e.getMessage());
  }

  /** Returns the message of an error within a section, with the path of the key. */
  private String message(IOException e, String section) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      return unknownKey(unknown, section);
    }
    if (e instanceof JsonMappingException mapping
        && !(section + path(mapping.getPath())).isEmpty()) {
      return join(section, path(mapping.getPath())) + ": " + mapping.getOriginalMessage();
    }
    return message(e);
  }

  private String unknownKey(UnrecognizedPropertyException unknown, String section) {
    List<JsonMappingException.Reference> path = unknown.getPath();
    String parent = join(section, path(path.subList(0, path.size() - 1)));
    List<String> keys =
        new ArrayList<>(
            unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList());
    boolean task = parent.equals("task");
    if (task) {
      keys.addAll(techniques.names());
    }
    return "unknown key \"%s\", %s; %s has %s%s"
        .formatted(
            join(section, path(path)),
            NearestNames.hint(unknown.getPropertyName(), keys),
            parent.isEmpty() ? "a configuration" : parent,
            String.join(", ", keys),
            task && techniques.names().isEmpty()
                ? "; there is no technique on the class path: add tfmot-techniques for its sections"
                : "");
  }

  private static String join(String section, String path) {
    return section.isEmpty() || path.isEmpty() ? section + path : section + "." + path;
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
            .propertyNamingStrategy(new Keys())
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

  /** Snake case with each capital and each number a word: {@code sparsity_m_by_n, beta_1}. */
  private static final class Keys extends PropertyNamingStrategies.NamingBase {
    private static final long serialVersionUID = 1L;

    @Override
    public String translate(String name) {
      return name.replaceAll("([A-Z]|(?<![0-9])[0-9]+)", "_$1").toLowerCase(Locale.ROOT);
    }
  }
}
