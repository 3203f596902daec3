package org.tfmot.techniques.tflite.flatbuffer;

import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy.Field;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy.Scalar;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy.Scalars;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy.Table;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy.Tables;

/** The tables of the file format that are copied, as {@link FlatCopy} takes them. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FileSchema {

  private static final Field TEXT = new Scalars(1);
  private static final Field BYTE = new Scalar(1);
  private static final Field INT = new Scalar(4);
  private static final Field INTS = new Scalars(4);

  /** Names, each with the number of what it names. */
  private static final Field NAMED = new Tables(Map.of(0, TEXT, 1, INT));

  private static final Field SIGNATURES =
      new Tables(
          Map.of(
              0, NAMED, // inputs
              1, NAMED, // outputs
              2, TEXT, // signature_key
              4, INT)); // subgraph_index

  /** Without the subgraphs, codes and buffers: fields 2, 1 and 4. */
  public static final Map<Integer, Field> MODEL =
      Map.of(
          0, INT, // version
          3, TEXT, // description
          5, INTS, // metadata_buffer
          6, NAMED, // metadata
          7, SIGNATURES); // signature_defs

  public static final Map<Integer, Field> OPERATOR_CODE =
      Map.of(0, BYTE, 1, TEXT, 2, INT, 3, INT); // deprecated code, custom code, version, code

  /** Without the tensors and operators: fields 0 and 3. */
  public static final Map<Integer, Field> SUBGRAPH =
      Map.of(1, INTS, 2, INTS, 4, TEXT); // inputs, outputs, name

  private static final Field QUANTIZATION =
      new Table(
          Map.of(
              0, INTS, // min
              1, INTS, // max
              2, INTS, // scale
              3, new Scalars(8), // zero_point
              6, INT)); // quantized_dimension

  /** Without the buffer: field 2. */
  public static final Map<Integer, Field> TENSOR =
      Map.of(
          0, INTS, // shape
          1, BYTE, // type
          3, TEXT, // name
          4, QUANTIZATION, // quantization
          5, BYTE, // is_variable
          7, INTS, // shape_signature
          8, BYTE); // has_rank

  /** Without the options: field 4. */
  public static final Map<Integer, Field> OPERATOR =
      Map.of(
          0, INT, // opcode_index
          1, INTS, // inputs
          2, INTS, // outputs
          3, BYTE, // builtin_options_type
          5, TEXT, // custom_options
          6, BYTE, // custom_options_format
          7, TEXT, // mutating_variable_inputs
          8, INTS); // intermediates

  /** The options of a reshape and a squeeze: sizes or dimensions. */
  public static final Map<Integer, Field> DIMENSIONS = Map.of(0, INTS);

  private FileSchema() {}
}
