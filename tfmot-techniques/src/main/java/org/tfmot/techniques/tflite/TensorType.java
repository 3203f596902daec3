package org.tfmot.techniques.tflite;

import org.apiguardian.api.API;

/** The element types of TensorFlow Lite tensors, in the order of the file format. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum TensorType {
  FLOAT32(32),
  FLOAT16(16),
  INT32(32),
  UINT8(8),
  INT64(64),
  STRING(0),
  BOOL(8),
  INT16(16),
  COMPLEX64(64),
  INT8(8),
  FLOAT64(64),
  COMPLEX128(128),
  UINT64(64),
  RESOURCE(0),
  VARIANT(0),
  UINT32(32),
  UINT16(16),
  INT4(4),
  BFLOAT16(16);

  private final int bits;

  TensorType(int bits) {
    this.bits = bits;
  }

  /** The size of one element in bits; 0 for types whose elements have no fixed size. */
  public int bits() {
    return bits;
  }

  /** Returns whether this is one of the real floating-point types. */
  public boolean isFloat() {
    return this == FLOAT32 || this == FLOAT16 || this == BFLOAT16 || this == FLOAT64;
  }
}
