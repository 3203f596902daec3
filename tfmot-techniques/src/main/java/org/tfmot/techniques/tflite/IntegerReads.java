package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators.Code;

/**
 * Lets operations read integers whose results do not depend on the scale: an index of the largest
 * value, a shape. The converter lets them read the dequantized copy of a tensor that has another
 * reader, such as an output of the model, and computes in float although nothing demands it.
 */
final class IntegerReads {

  private static final String DEQUANTIZE = "DEQUANTIZE";

  /** The operations, with the first versions that read int8. */
  private static final Map<String, Code> READERS =
      Map.of(
          "ARG_MAX", BuiltinOperators.code("ARG_MAX", 2),
          "ARG_MIN", BuiltinOperators.code("ARG_MIN", 2),
          "SHAPE", BuiltinOperators.code("SHAPE", 1),
          "RANK", BuiltinOperators.code("RANK", 1));

  /** Those that read any type. */
  private static final Set<String> OF_ANY_TYPE = Set.of("SHAPE", "RANK");

  private final TfLiteModel model;
  private final Map<Integer, Integer> dequantizers = new HashMap<>();

  private IntegerReads(TfLiteModel model) {
    this.model = model;
    for (int i = 0; i < model.operators().size(); i++) {
      TfLiteOperator operator = model.operators().get(i);
      int source = operator.name().equals(DEQUANTIZE) ? operator.inputs().get(0) : -1;
      if (source >= 0 && model.tensors().get(source).quantization().isPresent()) {
        dequantizers.put(operator.outputs().get(0), i);
      }
    }
  }

  /** Returns the model in which such operations read what was dequantized for them. */
  static TfLiteModel apply(TfLiteModel model) {
    return new IntegerReads(model).apply();
  }

  private TfLiteModel apply() {
    Set<Integer> readers = new HashSet<>();
    for (int i = 0; i < model.operators().size(); i++) {
      if (reads(model.operators().get(i))) {
        readers.add(i);
      }
    }
    if (readers.isEmpty()) {
      return model;
    }
    FileEdit edit = new FileEdit(model);
    for (int reader : readers) {
      TfLiteOperator operator = model.operators().get(reader);
      List<Integer> inputs = new ArrayList<>(operator.inputs());
      inputs.set(0, source(operator));
      Code code = READERS.getOrDefault(operator.name(), BuiltinOperators.code(operator.name(), 1));
      edit.replace(reader, code, inputs, operator.outputs());
    }
    dequantizers.forEach(
        (copy, dequantizer) -> {
          if (!isRead(copy, readers)) {
            edit.remove(dequantizer);
          }
        });
    return edit.build();
  }

  private boolean reads(TfLiteOperator operator) {
    if (!READERS.containsKey(operator.name())
        || !dequantizers.containsKey(operator.inputs().get(0))) {
      return false;
    }
    TensorType type = model.tensors().get(source(operator)).type();
    return OF_ANY_TYPE.contains(operator.name()) || type == TensorType.INT8;
  }

  private int source(TfLiteOperator operator) {
    int dequantizer = dequantizers.getOrDefault(operator.inputs().get(0), -1);
    return model.operators().get(dequantizer).inputs().get(0);
  }

  private boolean isRead(int tensor, Set<Integer> except) {
    boolean read = model.outputs().containsValue(tensor);
    for (int i = 0; i < model.operators().size() && !read; i++) {
      TfLiteOperator operator = model.operators().get(i);
      read = operator.inputs().contains(tensor) && !except.contains(i);
    }
    return read;
  }
}
