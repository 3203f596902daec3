package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a configuration with the {@code params.yaml} of a folder that is about to be resumed:
 * half a run with one seed, batch size or learning rate and half with another is neither run.
 */
final class ResumeCheck {

  /**
   * Keys that may differ when a run is resumed: its length, how often it is evaluated, and where.
   */
  private static final Set<String> MAY_DIFFER =
      Set.of(
          "trainer.train_steps",
          "trainer.checkpoint_interval",
          "trainer.validation_interval",
          "trainer.loss_upper_bound");

  private ResumeCheck() {}

  /**
   * Does nothing if there is no {@code params.yaml}.
   *
   * @throws IllegalArgumentException if the configuration is of another run; the message names the
   *     keys that differ, and what to do
   */
  static void requireSameRun(ExperimentConfig<?> config, Path folder) {
    Path file = folder.resolve(ExperimentConfig.PARAMS);
    if (!Files.exists(file)) {
      return;
    }
    Map<String, JsonNode> before = leaves(ConfigYaml.read(file));
    // Through the text as well: both have the types of numbers that YAML gives them.
    Map<String, JsonNode> now = leaves(ConfigYaml.parse(config.toYaml(), "the configuration"));
    Set<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(now.keySet());
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      JsonNode old = before.get(key);
      JsonNode value = now.get(key);
      if (!mayDiffer(key) && !Objects.equals(old, value)) {
        differences.add("%s (%s there, now %s)".formatted(key, text(old), text(value)));
      }
    }
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          "the run in %s was started with other values than this one has for %s: choose another model_dir, or go on with the values of %s"
              .formatted(folder, String.join(", ", differences), file));
    }
  }

  private static boolean mayDiffer(String key) {
    return MAY_DIFFER.contains(key) || key.startsWith("runtime.") || key.endsWith(".data_dir");
  }

  private static String text(@Nullable JsonNode value) {
    return value == null ? "unset" : value.toString();
  }

  /** The values by their paths; null is the same as absent, a list is one value. */
  private static Map<String, JsonNode> leaves(ObjectNode tree) {
    Map<String, JsonNode> leaves = new TreeMap<>();
    collect(tree, "", leaves);
    return leaves;
  }

  private static void collect(ObjectNode section, String path, Map<String, JsonNode> leaves) {
    section
        .properties()
        .forEach(
            entry -> {
              String key = path + entry.getKey();
              if (entry.getValue() instanceof ObjectNode child) {
                collect(child, key + ".", leaves);
              } else if (!entry.getValue().isNull()) {
                leaves.put(key, entry.getValue());
              }
            });
  }
}
