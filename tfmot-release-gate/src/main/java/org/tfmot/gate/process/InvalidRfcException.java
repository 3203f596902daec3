package org.tfmot.gate.process;

import org.apiguardian.api.API;

/** An RFC whose front matter is not what it has to be. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class InvalidRfcException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final int line;
  private final String key;

  InvalidRfcException(String file, int line, String key, String problem) {
    super("%s, line %d%s: %s".formatted(file, line, key.isEmpty() ? "" : ", " + key, problem));
    this.line = line;
    this.key = key;
  }

  /** The line in the file, from 1. */
  public int line() {
    return line;
  }

  /** The key in the front matter; empty if it is not about one. */
  public String key() {
    return key;
  }
}
