package org.tfmot.officialmodels.core;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A named configuration to start from.
 *
 * @param name as users write it, such as {@code resnet20_cifar10}
 * @param description one line for users
 * @param defaults the configuration as registered
 * @param taskType the record of the section {@code task}
 * @param <T> the kind of task
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Experiment<T extends TaskConfig>(
    String name, String description, ExperimentConfig<T> defaults, Class<T> taskType) {

  /**
   * The configuration after overrides: the registered one, then the files in their order, then the
   * parameters in theirs; what comes later wins. Sections are merged key by key, lists are replaced
   * as a whole. Where a section's {@code type} changes, the values of the old type go. The section
   * of a technique, such as {@code task.pruning}, starts from its default values where it was not
   * there before; null takes it out.
   *
   * @param configFiles YAML files in the layout of {@link ExperimentConfig}
   * @param paramsOverrides texts such as {@code trainer.train_steps=100,task.model.depth=32}
   * @throws IllegalArgumentException if a file cannot be read, a key is unknown or a value does not
   *     fit; the message names the source and the key
   */
  public ExperimentConfig<T> configure(List<Path> configFiles, List<String> paramsOverrides) {
    ConfigYaml<T> yaml = new ConfigYaml<>(taskType, defaults.techniques());
    ObjectNode merged = yaml.tree(defaults);
    for (Path file : configFiles) {
      yaml.merge(merged, ConfigYaml.read(file), file.toString());
    }
    for (String override : paramsOverrides) {
      yaml.merge(merged, ParamsOverride.parse(override), ParamsOverride.SOURCE);
    }
    ExperimentConfig<T> config = yaml.config(merged);
    config.validate();
    return config;
  }
}
