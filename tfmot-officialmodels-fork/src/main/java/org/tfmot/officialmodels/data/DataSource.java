package org.tfmot.officialmodels.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Somewhere that one file can be had from. What becomes of a transfer that broke off is the
 * source's own affair: {@link HttpSource} continues it, {@link NpmSource} cannot.
 */
interface DataSource {

  /** Returns the name in messages: a URL, a command. */
  String name();

  /** Returns the expected file; the caller verifies its digest. */
  PinnedFile file();

  /** Returns how to make this source usable, as a phrase that follows "or". */
  String remedy();

  /**
   * Writes the file.
   *
   * @param part where to; if it exists, it is the beginning that an interrupted transfer left, to
   *     be continued or overwritten
   * @param received is told how many bytes of the file there are so far
   * @throws IOException if it cannot be had from here; {@code part} may then hold a beginning
   */
  void fetch(Path part, LongConsumer received) throws IOException;

  /** Drops what {@link #fetch} keeps beside {@code part} for the next time; fails silently. */
  default void forget(Path part) {}
}
