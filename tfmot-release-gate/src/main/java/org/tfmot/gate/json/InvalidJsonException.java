package org.tfmot.gate.json;

import org.apiguardian.api.API;

/**
 * A JSON document that is not what it has to be: which document, where in it, and what is wrong.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class InvalidJsonException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final String document;
  private final String pointer;

  /**
   * @param document the file, or another name of the document
   * @param pointer the JSON pointer (RFC 6901) of the place, empty for the whole document
   * @param problem what is wrong there and what would be right
   */
  public InvalidJsonException(String document, String pointer, String problem) {
    super(document + (pointer.isEmpty() ? "" : " at " + pointer) + ": " + problem);
    this.document = document;
    this.pointer = pointer;
  }

  InvalidJsonException(String document, String pointer, String problem, Throwable cause) {
    this(document, pointer, problem);
    initCause(cause);
  }

  /** The file, or another name of the document. */
  public String document() {
    return document;
  }

  /** The JSON pointer of the place; empty for the whole document. */
  public String pointer() {
    return pointer;
  }
}
