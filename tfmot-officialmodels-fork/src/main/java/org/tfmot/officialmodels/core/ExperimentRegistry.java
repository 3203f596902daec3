package org.tfmot.officialmodels.core;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apiguardian.api.API;

/** Experiments by name. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ExperimentRegistry {

  private final Map<String, Experiment<?>> experiments = new TreeMap<>();

  /** A registry with the experiments of every {@link ExperimentProvider} on the class path. */
  public static ExperimentRegistry standard() {
    ExperimentRegistry registry = new ExperimentRegistry();
    ServiceLoader.load(ExperimentProvider.class, ExperimentProvider.class.getClassLoader())
        .forEach(provider -> provider.register(registry));
    return registry;
  }

  /**
   * Adds an experiment.
   *
   * @throws IllegalArgumentException if there already is one of that name, or its configuration
   *     makes no sense
   */
  public void register(Experiment<?> experiment) {
    experiment.defaults().validate();
    if (experiments.putIfAbsent(experiment.name(), experiment) != null) {
      throw new IllegalArgumentException(
          "there already is an experiment \"" + experiment.name() + "\"");
    }
  }

  /**
   * One experiment.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists those that
   *     there are
   */
  public Experiment<?> get(String name) {
    Experiment<?> experiment = experiments.get(name);
    if (experiment == null) {
      throw new IllegalArgumentException(
          "there is no experiment \"%s\", only %s"
              .formatted(name, String.join(", ", experiments.keySet())));
    }
    return experiment;
  }

  /** All experiments, by name. */
  public Collection<Experiment<?>> experiments() {
    return Collections.unmodifiableCollection(experiments.values());
  }
}
