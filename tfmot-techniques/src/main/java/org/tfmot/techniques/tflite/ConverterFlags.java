package org.tfmot.techniques.tflite;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.nio.file.Path;

/**
 * The converter's two flag messages in wire format. TensorFlow Java has no classes for them; the
 * numbers are those of {@code model_flags.proto}, {@code converter_flags.proto} and {@code
 * types.proto} (TensorFlow 2.16 calls the second one {@code toco_flags.proto}).
 */
final class ConverterFlags {

  private static final int FLOAT = 1;
  private static final int QUANTIZED_INT16 = 6;
  private static final int QUANTIZED_INT8 = 9;

  private ConverterFlags() {}

  /** Returns the flags that name the SavedModel to read. */
  static UnknownFieldSet model(Path savedModel) {
    return UnknownFieldSet.newBuilder()
        .addField(19, number(0)) // change_concat_input_ranges, which it only warns about
        .addField(20, text(savedModel.toString())) // saved_model_dir
        .addField(21, number(1)) // saved_model_version
        .addField(22, text(SavedModelWriter.TAG)) // saved_model_tags
        .addField(23, text(SavedModelWriter.SIGNATURE)) // saved_model_exported_names
        .build();
  }

  static UnknownFieldSet float32() {
    return common(FLOAT).build();
  }

  static UnknownFieldSet float16() {
    return common(FLOAT)
        .addField(26, number(1)) // post_training_quantize
        .addField(29, number(1)) // quantize_to_float16
        .addField(37, number(FLOAT)) // accumulation_type
        .build();
  }

  static UnknownFieldSet dynamicRange() {
    return common(FLOAT)
        .addField(26, number(1)) // post_training_quantize
        .addField(44, number(1)) // enable_mlir_dynamic_range_quantizer
        .build();
  }

  /**
   * Integers all the way.
   *
   * @param type of the activations, int8 or int16
   * @param floatEndpoints whether inputs and outputs stay float, behind a quantize and a dequantize
   */
  static UnknownFieldSet integer(TensorType type, boolean floatEndpoints) {
    int quantized = type == TensorType.INT16 ? QUANTIZED_INT16 : QUANTIZED_INT8;
    return common(quantized)
        .addField(11, number(floatEndpoints ? FLOAT : quantized)) // inference_input_type
        .build();
  }

  private static UnknownFieldSet.Builder common(int inferenceType) {
    return UnknownFieldSet.newBuilder()
        .addField(1, number(1)) // input_format = TENSORFLOW_GRAPHDEF
        .addField(4, number(inferenceType)); // inference_type
  }

  private static UnknownFieldSet.Field number(long value) {
    return UnknownFieldSet.Field.newBuilder().addVarint(value).build();
  }

  private static UnknownFieldSet.Field text(String value) {
    return UnknownFieldSet.Field.newBuilder()
        .addLengthDelimited(ByteString.copyFromUtf8(value))
        .build();
  }
}
