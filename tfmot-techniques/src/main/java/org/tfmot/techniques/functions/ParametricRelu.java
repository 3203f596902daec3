package org.tfmot.techniques.functions;

import java.util.LinkedHashSet;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * A ReLU with a slope for negative values that is learned, in the forms that graphs have: {@code
 * relu(x) + slope * min(x, 0)}, Keras' {@code relu(x) + -slope * relu(-x)}, {@code relu(x) - slope
 * * relu(-x)} and {@code relu(x) + slope * (x - |x|) * 0.5}. He et al., 2015.
 *
 * @param input {@code x}
 * @param end the operation that gives the function's value
 * @param inner the operations before it, whose results nobody else uses
 * @param product the operation that reads the slope
 * @param operand which of its operands the slope is
 * @param negative whether that operand is the slope's negative
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ParametricRelu(
    TensorRef input, String end, Set<String> inner, String product, int operand, boolean negative) {

  /** Copies the set. */
  public ParametricRelu {
    inner = Set.copyOf(inner);
  }

  /** Returns the function that ends in an operation, or null. */
  public static @Nullable ParametricRelu at(
      GraphEditor graph, NodeDef end, ScalarFunctions.Surroundings surroundings) {
    boolean difference = end.getOp().equals("Sub");
    boolean sum = end.getOp().equals("Add") || end.getOp().equals("AddV2");
    if (!(sum || difference) || !surroundings.mayContain(end)) {
      return null;
    }
    for (int i = 0; i < (sum ? 2 : 1); i++) {
      Search search = new Search(graph, end, surroundings);
      ParametricRelu found = search.find(i, difference);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static final class Search {

    private final GraphEditor graph;
    private final NodeDef end;
    private final ScalarFunctions.Surroundings surroundings;
    private final Set<String> inner = new LinkedHashSet<>();

    Search(GraphEditor graph, NodeDef end, ScalarFunctions.Surroundings surroundings) {
      this.graph = graph;
      this.end = end;
      this.surroundings = surroundings;
    }

    private @Nullable ParametricRelu find(int positive, boolean difference) {
      NodeDef relu = take(end, positive);
      TensorRef x = relu == null ? null : reluInput(relu);
      NodeDef product = x == null ? null : take(end, 1 - positive);
      if (x == null || product == null || !product.getOp().equals("Mul")) {
        return null;
      }
      boolean half = false;
      for (int i = 0; i < 2; i++) {
        if (number(product, i) == 0.5) {
          NodeDef whole = take(product, 1 - i);
          half = true;
          product = whole;
          break;
        }
      }
      if (product == null || !product.getOp().equals("Mul")) {
        return null;
      }
      for (int i = 0; i < 2; i++) {
        NodeDef below = surroundings.isConstant(product, i) ? take(product, 1 - i) : null;
        int sign = below == null ? 0 : negativePart(below, x, half);
        if (sign != 0 && usesAreInside()) {
          boolean negative = (sign < 0) != difference;
          return new ParametricRelu(x, end.getName(), inner, product.getName(), i, negative);
        }
      }
      return null;
    }

    /** Returns the tensor that a ReLU, or a maximum with 0, reads. */
    private @Nullable TensorRef reluInput(NodeDef node) {
      return node.getOp().equals("Relu") ? tensor(node, 0) : other(node, "Maximum");
    }

    /** Returns 1 for {@code min(x, 0)}, -1 for its negative and 0 for anything else. */
    private int negativePart(NodeDef node, TensorRef x, boolean half) {
      if (half) {
        NodeDef magnitude = node.getOp().equals("Sub") ? take(node, 1) : null;
        boolean doubled =
            magnitude != null
                && magnitude.getOp().equals("Abs")
                && tensor(magnitude, 0).equals(x)
                && tensor(node, 0).equals(x);
        return doubled ? 1 : 0;
      }
      if (x.equals(other(node, "Minimum"))) {
        return 1;
      }
      TensorRef argument = reluInput(node);
      NodeDef negation = argument == null ? null : graph.node(argument.node());
      if (negation == null || !negation.getOp().equals("Neg")) {
        return 0;
      }
      inner.add(negation.getName());
      return tensor(negation, 0).equals(x) ? -1 : 0;
    }

    /** Returns what a minimum or a maximum compares with 0, or null. */
    private @Nullable TensorRef other(NodeDef node, String op) {
      for (int i = 0; node.getOp().equals(op) && i < 2; i++) {
        if (number(node, i) == 0) {
          return tensor(node, 1 - i);
        }
      }
      return null;
    }

    private double number(NodeDef node, int input) {
      return Numbers.value(graph, node.getInput(input));
    }

    private static TensorRef tensor(NodeDef node, int input) {
      return TensorRef.parse(node.getInput(input));
    }

    private @Nullable NodeDef take(NodeDef node, int input) {
      NodeDef producer = graph.input(node, input);
      if (tensor(node, input).index() != 0 || !surroundings.mayContain(producer)) {
        return null;
      }
      inner.add(producer.getName());
      return producer;
    }

    private boolean usesAreInside() {
      Set<String> all = new LinkedHashSet<>(inner);
      all.add(end.getName());
      return inner.stream().noneMatch(node -> surroundings.isUsedOutside(TensorRef.of(node), all));
    }
  }
}
