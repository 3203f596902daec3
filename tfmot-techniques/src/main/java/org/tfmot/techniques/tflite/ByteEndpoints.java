package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;

/**
 * Inputs and outputs of uint8 in a file of int8. An image of bytes that the graph casts to float is
 * an input with the scale 1, and where uint8 was asked for at the border, an endpoint of uint8 has
 * the scale of the int8 behind it. One {@code QUANTIZE} then makes one of the other.
 */
final class ByteEndpoints {

  private static final BuiltinOperators.Code QUANTIZE = BuiltinOperators.code("QUANTIZE", 2);

  private ByteEndpoints() {}

  /** The model without casts of its inputs' bytes to float that are quantized at once. */
  static TfLiteModel withoutCasts(TfLiteModel model) {
    TfLiteModel result = model;
    for (int input : model.inputs().values()) {
      result = withoutCast(result, input);
    }
    return result;
  }

  private static TfLiteModel withoutCast(TfLiteModel model, int input) {
    TfLiteTensor tensor = model.tensors().get(input);
    List<TfLiteOperator> users = users(model, input);
    boolean bytes = tensor.type() == TensorType.UINT8 || tensor.type() == TensorType.INT8;
    if (!bytes
        || tensor.quantization().isPresent()
        || users.size() != 1
        || !users.get(0).name().equals("CAST")
        || model.outputs().containsValue(input)) {
      return model;
    }
    int cast = users.get(0).outputs().get(0);
    List<TfLiteOperator> quantizers = users(model, cast);
    if (quantizers.isEmpty()
        || model.outputs().containsValue(cast)
        || !quantizers.stream().allMatch(op -> op.name().equals("QUANTIZE"))) {
      return model;
    }
    FileEdit edit = new FileEdit(model);
    edit.remove(model.operators().indexOf(users.get(0)));
    for (TfLiteOperator quantizer : quantizers) {
      int place = model.operators().indexOf(quantizer);
      edit.remove(place);
      edit.add(place, QUANTIZE, List.of(input), quantizer.outputs());
    }
    edit.retype(tensor, input, tensor.type(), 1, 0);
    return edit.build();
  }

  /** The model with float inputs that are quantized to int8 as inputs of uint8. */
  static TfLiteModel ofInputs(TfLiteModel model) {
    TfLiteModel result = model;
    for (int input : model.inputs().values()) {
      List<TfLiteOperator> users = users(result, input);
      if (users.size() == 1 && users.get(0).name().equals("QUANTIZE")) {
        result = bordered(result, users.get(0), input, users.get(0).outputs().get(0));
      }
    }
    return result;
  }

  /** The model with float outputs that int8 was made of as outputs of uint8. */
  static TfLiteModel ofOutputs(TfLiteModel model) {
    TfLiteModel result = model;
    for (Map.Entry<String, Integer> output : model.outputs().entrySet()) {
      int index = output.getValue();
      Optional<TfLiteOperator> maker =
          result.operators().stream().filter(op -> op.outputs().contains(index)).findFirst();
      boolean border =
          maker.isPresent()
              && maker.get().name().equals("DEQUANTIZE")
              && users(result, index).isEmpty();
      if (border) {
        result = bordered(result, maker.get(), index, maker.get().inputs().get(0));
      }
    }
    return result;
  }

  private static TfLiteModel bordered(
      TfLiteModel model, TfLiteOperator border, int endpoint, int inner) {
    TfLiteTensor integers = model.tensors().get(inner);
    Quantization quantization = integers.quantization().orElse(null);
    if (integers.type() != TensorType.INT8 || quantization == null || quantization.isPerChannel()) {
      return model;
    }
    FileEdit edit = new FileEdit(model);
    int place = model.operators().indexOf(border);
    edit.remove(place);
    edit.add(place, QUANTIZE, border.inputs(), border.outputs());
    edit.retype(
        model.tensors().get(endpoint),
        endpoint,
        TensorType.UINT8,
        quantization.scales().get(0),
        quantization.zeroPoints().get(0) - Byte.MIN_VALUE);
    return edit.build();
  }

  private static List<TfLiteOperator> users(TfLiteModel model, int tensor) {
    return model.operators().stream().filter(op -> op.inputs().contains(tensor)).toList();
  }
}
