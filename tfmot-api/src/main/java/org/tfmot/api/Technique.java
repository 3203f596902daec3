package org.tfmot.api;

import org.apiguardian.api.API;

/**
 * A transformation of a model in training mode that makes what comes out of training smaller or
 * faster. Techniques compose: the result of one can be given to the next, and what the first
 * guarantees then holds to the exported file.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface Technique {

  /** The technique's name, for reports. */
  String name();

  /** Applies the technique to a model. */
  default Optimized apply(GraphModel model) {
    return apply(Optimized.of(model));
  }

  /** Applies the technique on top of others. */
  Optimized apply(Optimized previous);
}
