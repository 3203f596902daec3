package org.tfmot.techniques.tflite;

import org.apiguardian.api.API;

/**
 * A graph could not be converted. The message is the converter's own where it gave one: it names
 * the operation and the reason.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class TfLiteConversionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TfLiteConversionException(String message) {
    super(message);
  }

  TfLiteConversionException(String message, Throwable cause) {
    super(message, cause);
  }
}
