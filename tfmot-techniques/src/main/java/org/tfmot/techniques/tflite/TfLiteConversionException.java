package org.tfmot.techniques.tflite;

import org.apiguardian.api.API;

/**
 * A graph could not be converted. The message names the operation and the reason; what TensorFlow's
 * converter said is in it, without its advice for users of Python.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TfLiteConversionException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  TfLiteConversionException(String message) {
    super(message);
  }

  TfLiteConversionException(String message, Throwable cause) {
    super(message, cause);
  }
}
