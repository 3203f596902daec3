package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Holds that a model that was asked to be int8 is int8. */
final class IntegerCheck {

  private IntegerCheck() {}

  /**
   * Looks for operations that compute in float.
   *
   * @param allowed names of nodes, or of scopes, that may
   * @throws TfLiteConversionException if any other does, naming it
   */
  static void check(TfLiteModel model, Set<String> allowed) {
    List<String> offenders = new ArrayList<>();
    for (TfLiteOperator operator : model.floatOperators()) {
      if (!isAllowed(model, operator, allowed)) {
        offenders.add(operator.name() + " \"" + outputName(model, operator) + "\"");
      }
    }
    if (!offenders.isEmpty()) {
      throw new TfLiteConversionException(
          ("int8 was asked for, but %d of %d operations compute in float: %s. Put FakeQuant"
                  + " operations on their weights, inputs and outputs; convert strip() of what a"
                  + " technique made; or allow them with allowFloat")
              .formatted(offenders.size(), model.operators().size(), String.join(", ", offenders)));
    }
  }

  /**
   * Looks whether inputs and outputs have the types that were asked for.
   *
   * @throws TfLiteConversionException if one has not, naming it
   */
  static void checkEndpoints(TfLiteModel model, TensorType input, TensorType output) {
    model.inputs().forEach((name, index) -> checkEndpoint(model, "input", name, index, input));
    model.outputs().forEach((name, index) -> checkEndpoint(model, "output", name, index, output));
  }

  private static void checkEndpoint(
      TfLiteModel model, String role, String name, int index, TensorType asked) {
    TensorType type = model.tensors().get(index).type();
    if (type != asked && (type.isFloat() || type == TensorType.INT8)) {
      throw new TfLiteConversionException(
          "%s \"%s\" is of type %s although %s was asked for: it has no single quantized range"
              .formatted(role, name, type, asked));
    }
  }

  /** With an operation also its border is allowed: the one that feeds it, the one that it feeds. */
  private static boolean isAllowed(
      TfLiteModel model, TfLiteOperator operator, Set<String> allowed) {
    Predicate<TfLiteOperator> named = other -> isNamed(outputName(model, other), allowed);
    return switch (operator.name()) {
      case "DEQUANTIZE" -> {
        int result = operator.outputs().get(0);
        yield model.operators().stream()
            .anyMatch(other -> other.inputs().contains(result) && named.test(other));
      }
      case "QUANTIZE" -> {
        int source = operator.inputs().get(0);
        yield model.operators().stream()
            .anyMatch(other -> other.outputs().contains(source) && named.test(other));
      }
      default -> named.test(operator);
    };
  }

  /**
   * Whether a tensor came from one of the nodes. An operation that was fused from several nodes
   * bears the names of all, with semicolons between them.
   */
  static boolean isNamed(String tensor, Set<String> nodes) {
    for (String part : tensor.split(";", -1)) {
      for (String node : nodes) {
        if (part.equals(node) || part.startsWith(node + "/") || part.startsWith(node + ":")) {
          return true;
        }
      }
    }
    return false;
  }

  private static String outputName(TfLiteModel model, TfLiteOperator operator) {
    return model.tensors().get(operator.outputs().get(0)).name();
  }
}
