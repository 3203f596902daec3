package org.tfmot.gate.run;

import java.io.IOException;
import org.apiguardian.api.API;

/** Carries out runs, each in a process of its own. Safe for use by several threads. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface ConvergenceRunner {

  /**
   * Carries out a run and waits for it. However it ends, none of its processes is left.
   *
   * @return how it ended; also when it could not be started
   * @throws IllegalArgumentException if the folder holds something other than an earlier attempt
   * @throws IOException if the folder cannot be written
   * @throws InterruptedException if this thread is interrupted; the run is stopped
   */
  RunResult run(RunRequest request) throws IOException, InterruptedException;
}
