package org.tfmot.techniques.tflite;

import java.util.LinkedHashSet;
import java.util.Set;
import org.tfmot.api.GraphModel;

/** The nodes of a graph that a file computes in float, and those that it computes in integers. */
public record FileNames(Set<String> inFloat, Set<String> inIntegers) {

  /** Finds the names of a model that was converted to integers. */
  public static FileNames of(TfLiteModel file, GraphModel model) {
    GraphNames names = new GraphNames(file, model.graphDef(), model.outputs());
    Set<String> inFloat = new LinkedHashSet<>();
    Set<String> inIntegers = new LinkedHashSet<>();
    for (TfLiteOperator operator : file.operators()) {
      if (operator.name().equals("QUANTIZE") || operator.name().equals("DEQUANTIZE")) {
        continue;
      }
      boolean isFloat = file.floatOperators().contains(operator);
      (isFloat ? inFloat : inIntegers).addAll(names.of(operator));
    }
    return new FileNames(inFloat, inIntegers);
  }
}
