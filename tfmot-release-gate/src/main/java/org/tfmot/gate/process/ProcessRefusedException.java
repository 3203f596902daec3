package org.tfmot.gate.process;

import org.apiguardian.api.API;

/** A step of the process that may not be taken, with the reason and what to do instead. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ProcessRefusedException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  ProcessRefusedException(String message) {
    super(message);
  }
}
