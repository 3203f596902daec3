package org.tfmot.examples.report;

import java.net.URI;
import java.net.URISyntaxException;

/** Links to files beside the page. */
final class Links {
  private Links() {}

  /** A link that stays relative whatever the name holds, {@code javascript:} included. */
  static String relative(String name) {
    try {
      return new URI(null, null, "./" + name, null).toASCIIString();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("no link can be made to the file '" + name + "'", e);
    }
  }
}
