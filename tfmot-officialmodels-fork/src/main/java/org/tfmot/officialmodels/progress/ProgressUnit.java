package org.tfmot.officialmodels.progress;

import java.util.Locale;
import org.apiguardian.api.API;

/**
 * The unit of a progress display.
 *
 * @param name plural, as shown
 * @param size how many parts of the work make one unit
 */
@API(status = API.Status.INTERNAL, since = "0.1.0")
public record ProgressUnit(String name, long size) {

  /** Bytes, shown in units of 1,000,000. */
  public static final ProgressUnit MEGABYTES = new ProgressUnit("MB", 1_000_000);

  /** A unit that is one part of the work. */
  public static ProgressUnit of(String name) {
    return new ProgressUnit(name, 1);
  }

  String format(long parts) {
    return size == 1
        ? Long.toString(parts)
        : String.format(Locale.ROOT, "%.1f", (double) parts / size);
  }
}
