package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;

/** The sections of {@code task} that belong to techniques, in the order of application. */
final class TechniqueSections {

  private static final String TASK = "task";

  private final Map<String, TechniqueConfig> defaults = new LinkedHashMap<>();

  /**
   * The sections of the class path.
   *
   * @param used of an experiment; their sections are known too
   * @throws IllegalArgumentException if two have one name
   */
  TechniqueSections(Collection<TechniqueConfig> used) {
    List<TechniqueConfig> all = new ArrayList<>();
    ServiceLoader.load(TechniqueConfig.class, TechniqueConfig.class.getClassLoader())
        .forEach(all::add);
    used.stream()
        .filter(config -> all.stream().noneMatch(c -> c.getClass() == config.getClass()))
        .forEach(all::add);
    inOrder(all).forEach(config -> defaults.put(config.section(), config));
  }

  /**
   * Techniques in the order of application.
   *
   * @throws IllegalArgumentException if two have one section
   */
  static List<TechniqueConfig> inOrder(Collection<TechniqueConfig> configs) {
    List<TechniqueConfig> sorted = new ArrayList<>(configs);
    sorted.sort(
        Comparator.comparingInt(TechniqueConfig::order).thenComparing(TechniqueConfig::section));
    for (int i = 1; i < sorted.size(); i++) {
      String section = sorted.get(i).section();
      if (section.equals(sorted.get(i - 1).section())) {
        throw new IllegalArgumentException(
            "task.%s is the section of two techniques: %s and %s"
                .formatted(
                    section,
                    sorted.get(i - 1).getClass().getName(),
                    sorted.get(i).getClass().getName()));
      }
    }
    return List.copyOf(sorted);
  }

  /**
   * The technique of a section.
   *
   * @throws IllegalArgumentException if a value makes no sense; the message begins with its key
   */
  static Technique create(TechniqueConfig config) {
    try {
      return config.create();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s.%s.%s".formatted(TASK, config.section(), e.getMessage()), e);
    }
  }

  static String key(TechniqueConfig config, String name) {
    return "%s.%s.%s".formatted(TASK, config.section(), name);
  }

  Collection<String> names() {
    return defaults.keySet();
  }

  Class<? extends TechniqueConfig> type(String section) {
    return defaultsOf(section).getClass();
  }

  TechniqueConfig defaultsOf(String section) {
    TechniqueConfig config = defaults.get(section);
    if (config == null) {
      throw new IllegalArgumentException("no technique has the section " + section);
    }
    return config;
  }

  /** Takes the sections of techniques out of a configuration or a part of one. */
  Map<String, JsonNode> take(ObjectNode configuration) {
    Map<String, JsonNode> sections = new LinkedHashMap<>();
    if (task(configuration) instanceof ObjectNode task) {
      for (String name : names()) {
        JsonNode section = task.remove(name);
        if (section != null && !section.isNull()) {
          sections.put(name, section);
        }
      }
    }
    return sections;
  }

  /** Returns the section {@code task}; null if there is none. */
  static @Nullable JsonNode task(ObjectNode configuration) {
    return configuration.get(TASK);
  }
}
