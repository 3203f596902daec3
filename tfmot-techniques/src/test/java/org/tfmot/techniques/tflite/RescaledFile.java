package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Files whose scales are changed, for the table of what kernels can represent. */
public final class RescaledFile {

  private RescaledFile() {}

  /**
   * Returns why the table refuses a file in which one operator's tensors have other scales, or null
   * if it does not.
   *
   * @param scales of the operator's operands, which no constant is, and its result
   */
  public static @Nullable String refusal(TfLiteModel file, String operator, List<Double> scales) {
    TfLiteOperator found =
        file.operators().stream()
            .filter(each -> each.name().equals(operator))
            .findFirst()
            .orElseThrow(() -> new AssertionError(file.operators().toString()));
    List<Integer> tensors = new ArrayList<>(found.inputs());
    tensors.addAll(found.outputs());
    FileEdit edit = new FileEdit(file);
    for (int i = 0; i < tensors.size(); i++) {
      TfLiteTensor tensor = file.tensors().get(tensors.get(i));
      edit.retype(tensor, tensors.get(i), tensor.type(), scales.get(i).floatValue(), 0);
    }
    try {
      KernelRules.check(edit.build());
      return null;
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }
}
