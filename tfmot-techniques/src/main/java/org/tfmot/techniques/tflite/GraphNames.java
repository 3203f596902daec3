package org.tfmot.techniques.tflite;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.TensorRef;

/**
 * Says which nodes of a graph an operation of the converted file computes. The converter names an
 * operation after its node; one that is fused from several bears the names of all, with semicolons
 * between them; one of several that a node was split into has a number behind the name; and what
 * gives an output of the model is named after the signature.
 */
final class GraphNames {

  private final TfLiteModel model;
  private final Set<String> nodes = new LinkedHashSet<>();
  private final Map<Integer, String> outputs = new HashMap<>();

  /**
   * Names for a file.
   *
   * @param graph that it was converted from
   * @param outputs tensors of the graph by the names of the signature
   */
  GraphNames(TfLiteModel model, GraphDef graph, Map<String, String> outputs) {
    this.model = model;
    graph.getNodeList().stream().map(NodeDef::getName).forEach(nodes::add);
    model
        .outputs()
        .forEach(
            (name, index) -> {
              String tensor = outputs.get(name);
              if (tensor != null) {
                this.outputs.put(index, TensorRef.parse(tensor).node());
              }
            });
  }

  /** Returns the names that an operation has in the graph, or that of its tensor if it has none. */
  Set<String> of(TfLiteOperator operator) {
    Set<String> names = new LinkedHashSet<>();
    for (int output : operator.outputs()) {
      if (outputs.containsKey(output)) {
        names.add(outputs.get(output));
      }
      for (String part : model.tensors().get(output).name().split(";", -1)) {
        names.add(node(part));
      }
    }
    return names;
  }

  /** Returns whether an operation computes one of some nodes, or of nodes in some scopes. */
  boolean isAmong(TfLiteOperator operator, Set<String> namesOrScopes) {
    return of(operator).stream()
        .anyMatch(
            name ->
                namesOrScopes.stream()
                    .anyMatch(each -> name.equals(each) || name.startsWith(each + "/")));
  }

  private String node(String tensor) {
    int colon = tensor.lastIndexOf(':');
    String name = colon > 0 ? tensor.substring(0, colon) : tensor;
    if (nodes.contains(name)) {
      return name;
    }
    // The node's own name may end with digits, too.
    for (int end = name.length() - 1; end > 0; end--) {
      if (!Character.isDigit(name.charAt(end))) {
        break;
      }
      if (nodes.contains(name.substring(0, end))) {
        return name.substring(0, end);
      }
    }
    return name;
  }

  /** The operations that compute in float, without the borders of integers. */
  List<TfLiteOperator> inFloat() {
    return model.floatOperators().stream()
        .filter(op -> !op.name().equals("QUANTIZE") && !op.name().equals("DEQUANTIZE"))
        .toList();
  }
}
