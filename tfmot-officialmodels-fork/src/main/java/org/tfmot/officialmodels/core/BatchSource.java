package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/**
 * Training data as a pure function of the step: the same step always gives the same batch, so that
 * a resumed run sees what an uninterrupted one would have seen.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface BatchSource {

  /** The batch of a step, counted from 0; the caller closes it. */
  Batch batch(long step);
}
