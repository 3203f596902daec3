package org.tfmot.gate.claim;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/** A claim or descriptor that is not valid, with everything that is wrong with it. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class InvalidDescriptorException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final ArrayList<String> problems;

  InvalidDescriptorException(String subject, List<String> problems) {
    super(
        "%s has %s:%n  %s"
            .formatted(
                subject,
                problems.size() == 1 ? "a problem" : problems.size() + " problems",
                String.join(System.lineSeparator() + "  ", problems)));
    this.problems = new ArrayList<>(problems);
  }

  /** Each problem, with the file and JSON pointer of its place where it has one. */
  public List<String> problems() {
    return List.copyOf(problems);
  }
}
