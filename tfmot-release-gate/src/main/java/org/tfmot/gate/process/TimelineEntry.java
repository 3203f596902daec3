package org.tfmot.gate.process;

import org.apiguardian.api.API;

/**
 * A step as a line of a timeline.
 *
 * @param time when it was signed (ISO 8601, UTC)
 * @param by who took it
 * @param what was done, in words
 * @param counts whether it counts for what is there now
 * @param note why it does not count; empty if it does
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TimelineEntry(String time, String by, String what, boolean counts, String note) {

  /** One line of text. */
  @Override
  public String toString() {
    return "%s  %s  %s%s".formatted(time, by, what, counts ? "" : "  (void: " + note + ")");
  }
}
