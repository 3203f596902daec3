package org.tfmot.techniques.tflite.flatbuffer;

import org.apiguardian.api.API;

/** Numbers of fields of tables that are edited in place, as {@code schema.fbs} has them. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SchemaFields {

  public static final int MODEL_CODES = 1;
  public static final int MODEL_SUBGRAPHS = 2;
  public static final int MODEL_BUFFERS = 4;
  public static final int GRAPH_TENSORS = 0;
  public static final int GRAPH_OPERATORS = 3;
  public static final int TENSOR_TYPE = 1;
  public static final int TENSOR_BUFFER = 2;
  public static final int TENSOR_QUANTIZATION = 4;
  public static final int TENSOR_SIGNATURE = 7;
  public static final int QUANTIZATION_SCALE = 2;
  public static final int QUANTIZATION_ZERO_POINT = 3;
  public static final int BUFFER_DATA = 0;
  public static final int OPERATOR_CODE = 0;
  public static final int OPERATOR_INPUTS = 1;
  public static final int OPERATOR_OUTPUTS = 2;
  public static final int OPERATOR_OPTIONS = 4;

  private SchemaFields() {}
}
