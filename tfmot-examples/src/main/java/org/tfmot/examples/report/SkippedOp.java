package org.tfmot.examples.report;

import org.apiguardian.api.API;

/**
 * An operation that a technique left as it was.
 *
 * @param variant the variant in whose making it was skipped
 * @param op name of the operation in the graph
 * @param type type of the operation, for instance {@code Softmax}
 * @param reason why it was skipped
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record SkippedOp(String variant, String op, String type, String reason) {
  /**
   * Checks the texts.
   *
   * @throws IllegalArgumentException if one of them is empty
   */
  public SkippedOp {
    Checks.text("variant of a skipped operation", variant);
    Checks.text("name of a skipped operation of " + variant, op);
    Checks.text("type of the skipped operation " + op, type);
    Checks.text("reason for skipping " + op, reason);
  }
}
