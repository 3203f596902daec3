package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/** Hears how much of a piece of work is done. */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface Progress {

  /** Tells nobody. */
  Progress NONE = (done, total) -> {};

  /** {@code done} of {@code total} parts are done. */
  void update(long done, long total);
}
