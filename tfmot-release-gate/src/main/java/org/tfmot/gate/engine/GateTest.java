package org.tfmot.gate.engine;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.run.ConvergenceRunner;

/**
 * A convergence test and who carries it out.
 *
 * @param name {@code package.Class#method}, or the name of a command
 * @param claimIds the claims that it says it proves
 * @param example digest of its bytecode, or of the command
 * @param runner carries out its runs
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateTest(
    String name, SortedSet<String> claimIds, Digest example, ConvergenceRunner runner) {

  /** Copies the set. */
  public GateTest {
    claimIds = Collections.unmodifiableSortedSet(new TreeSet<>(claimIds));
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "a test needs a name: package.Class#method, or that of a command");
    }
  }
}
