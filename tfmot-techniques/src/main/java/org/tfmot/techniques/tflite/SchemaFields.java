package org.tfmot.techniques.tflite;

/** Numbers of fields of tables that are edited in place, as {@code schema.fbs} has them. */
final class SchemaFields {

  static final int MODEL_CODES = 1;
  static final int MODEL_SUBGRAPHS = 2;
  static final int MODEL_BUFFERS = 4;
  static final int GRAPH_TENSORS = 0;
  static final int GRAPH_OPERATORS = 3;
  static final int TENSOR_TYPE = 1;
  static final int TENSOR_BUFFER = 2;
  static final int TENSOR_QUANTIZATION = 4;
  static final int TENSOR_SIGNATURE = 7;
  static final int QUANTIZATION_SCALE = 2;
  static final int QUANTIZATION_ZERO_POINT = 3;
  static final int BUFFER_DATA = 0;
  static final int OPERATOR_CODE = 0;
  static final int OPERATOR_INPUTS = 1;
  static final int OPERATOR_OUTPUTS = 2;
  static final int OPERATOR_OPTIONS = 4;

  private SchemaFields() {}
}
