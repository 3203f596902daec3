package org.tfmot.techniques.functions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Activation functions that graphs build from several operations and the runtime computes in one:
 * hard-swish {@code x * relu6(x + 3) / 6} (Howard et al., 2019) and GELU {@code x / 2 * (1 + erf(x
 * / sqrt(2)))} or its approximation with tanh (Hendrycks and Gimpel, 2016). The factors may stand
 * in any order.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class CompositeFunctions {

  /** A function that the runtime knows. */
  public enum Function {
    HARD_SWISH,
    GELU,
    GELU_TANH
  }

  /**
   * A function in a graph.
   *
   * @param input {@code x}
   * @param end the operation that gives the function's value
   * @param inner the operations before it, which nobody else uses
   */
  public record Composite(Function function, TensorRef input, NodeDef end, List<NodeDef> inner) {}

  /** The graph around the functions. */
  public interface Surroundings {
    /** Returns whether an operation makes a tensor for one other alone. */
    boolean isForOne(TensorRef tensor);
  }

  private static final Set<String> CUBES = Set.of("Mul", "Pow", "Square");
  private static final int MAX_DEPTH = 3;

  private final GraphEditor graph;
  private final Surroundings surroundings;
  private final List<NodeDef> inner = new ArrayList<>();

  private CompositeFunctions(GraphEditor graph, Surroundings surroundings) {
    this.graph = graph;
    this.surroundings = surroundings;
  }

  /**
   * Finds the functions that end in some operations.
   *
   * @return by the name of the operation that gives the value
   */
  public static Map<String, Composite> find(
      GraphEditor graph, Collection<NodeDef> ends, Surroundings surroundings) {
    Map<String, Composite> found = new LinkedHashMap<>();
    for (NodeDef node : ends) {
      if (isProduct(node) && isFloat(node)) {
        Composite composite = new CompositeFunctions(graph, surroundings).at(node);
        if (composite != null) {
          found.put(node.getName(), composite);
        }
      }
    }
    return found;
  }

  /** A product of tensors and a constant factor. */
  private record Product(double factor, List<TensorRef> tensors) {

    boolean hasFactor(double wanted) {
      return Math.abs(factor - wanted) < 1e-4 * wanted;
    }
  }

  private @Nullable Composite at(NodeDef end) {
    Product product = product(end);
    if (product.tensors.size() != 2) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      TensorRef x = product.tensors.get(i);
      NodeDef gate = only(product.tensors.get(1 - i));
      Function function = gate == null ? null : function(product, x, gate);
      if (function != null) {
        return new Composite(function, x, end, List.copyOf(inner));
      }
    }
    return null;
  }

  private @Nullable Function function(Product product, TensorRef x, NodeDef gate) {
    int before = inner.size();
    inner.add(gate);
    Function function = null;
    if (product.hasFactor(1 / 6.0) && gate.getOp().equals("Relu6")) {
      NodeDef sum = only(TensorRef.parse(gate.getInput(0)));
      function = sum != null && x.equals(other(sum, 3)) ? Function.HARD_SWISH : null;
      add(sum);
    } else if (product.hasFactor(0.5)) {
      TensorRef curve = other(gate, 1);
      function = curve == null ? null : gelu(x, only(curve));
    }
    if (function == null) {
      inner.subList(before, inner.size()).clear();
    }
    return function;
  }

  private @Nullable Function gelu(TensorRef x, @Nullable NodeDef curve) {
    NodeDef argument = curve == null ? null : only(TensorRef.parse(curve.getInput(0)));
    if (curve == null || argument == null || !isProduct(argument)) {
      return null;
    }
    inner.add(curve);
    inner.add(argument);
    Product product = product(argument);
    if (product.tensors.size() != 1) {
      return null;
    }
    TensorRef tensor = product.tensors.get(0);
    return switch (curve.getOp()) {
      case "Erf" -> product.hasFactor(Math.sqrt(0.5)) && tensor.equals(x) ? Function.GELU : null;
      case "Tanh" ->
          product.hasFactor(Math.sqrt(2 / Math.PI)) && isCubic(x, only(tensor))
              ? Function.GELU_TANH
              : null;
      default -> null;
    };
  }

  /** Returns whether a sum is {@code x + 0.044715 * x^3}. */
  private boolean isCubic(TensorRef x, @Nullable NodeDef sum) {
    if (sum == null || !isAddition(sum)) {
      return false;
    }
    inner.add(sum);
    int direct = TensorRef.parse(sum.getInput(0)).equals(x) ? 0 : 1;
    NodeDef cubic = only(TensorRef.parse(sum.getInput(1 - direct)));
    if (cubic == null || !isProduct(cubic) || !sumReads(sum, direct, x)) {
      return false;
    }
    inner.add(cubic);
    Product product = product(cubic);
    int power = 0;
    for (TensorRef tensor : product.tensors) {
      power += power(x, tensor);
    }
    return product.hasFactor(0.044715) && power == 3;
  }

  private static boolean sumReads(NodeDef sum, int input, TensorRef x) {
    return TensorRef.parse(sum.getInput(input)).equals(x);
  }

  /** Returns the power of {@code x} that a tensor is; a number too large to matter if none. */
  private int power(TensorRef x, TensorRef tensor) {
    if (tensor.equals(x)) {
      return 1;
    }
    NodeDef node = only(tensor);
    if (node == null || !CUBES.contains(node.getOp()) || !sumReads(node, 0, x)) {
      return 100;
    }
    inner.add(node);
    return switch (node.getOp()) {
      case "Pow" -> number(node.getInput(1)) == 3 ? 3 : 100;
      case "Square" -> 2;
      default -> 100;
    };
  }

  /**
   * Returns the factors of a product, with products before it that have no other user taken apart.
   */
  private Product product(NodeDef node) {
    List<TensorRef> tensors = new ArrayList<>();
    double factor = multiply(node, tensors, 0);
    return new Product(factor, tensors);
  }

  private double multiply(NodeDef node, List<TensorRef> tensors, int depth) {
    boolean division = isDivision(node);
    double factor = 1;
    for (int i = 0; i < 2; i++) {
      TensorRef tensor = TensorRef.parse(node.getInput(i));
      double number = number(node.getInput(i));
      NodeDef before = only(tensor);
      if (!Double.isNaN(number)) {
        factor *= division && i == 1 ? 1 / number : number;
      } else if (division && i == 1) {
        return Double.NaN;
      } else if (before != null && isProduct(before) && depth < MAX_DEPTH) {
        inner.add(before);
        factor *= multiply(before, tensors, depth + 1);
      } else {
        tensors.add(tensor);
      }
    }
    return factor;
  }

  private static boolean isProduct(NodeDef node) {
    return node.getOp().equals("Mul") || isDivision(node);
  }

  private static boolean isDivision(NodeDef node) {
    return node.getOp().equals("Div") || node.getOp().equals("RealDiv");
  }

  private static boolean isAddition(NodeDef node) {
    return node.getOp().equals("Add") || node.getOp().equals("AddV2");
  }

  private static boolean isFloat(NodeDef node) {
    AttrValue type = node.getAttrOrDefault("T", AttrValue.getDefaultInstance());
    return type.getType() == DataType.DT_FLOAT;
  }

  /** The other summand of an addition of a constant, or null. */
  private @Nullable TensorRef other(NodeDef sum, double constant) {
    if (!isAddition(sum)) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      if (number(sum.getInput(i)) == constant) {
        return TensorRef.parse(sum.getInput(1 - i));
      }
    }
    return null;
  }

  /** The dynamic operation that makes a tensor for one user, or null. */
  private @Nullable NodeDef only(TensorRef tensor) {
    return tensor.index() == 0 && surroundings.isForOne(tensor) ? graph.node(tensor.node()) : null;
  }

  private void add(@Nullable NodeDef node) {
    if (node != null) {
      inner.add(node);
    }
  }

  private double number(String tensor) {
    return Numbers.value(graph, tensor);
  }
}
