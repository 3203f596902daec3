package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/**
 * Adds experiments to the registry that the command line uses. Implementations are found by {@link
 * java.util.ServiceLoader}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface ExperimentProvider {

  /** Registers the experiments. */
  void register(ExperimentRegistry registry);
}
