package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Writes quotients by a constant tensor, such as the deviations of channels, as products with its
 * reciprocals: the runtime has no integer division. Reciprocals of very unequal size stay as they
 * are, for in one range the smallest would have a few steps only. Selectors are asked about
 * divisions, as the model has them.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Quotients {

  /** As for operands that share a range: the smallest reciprocal has 32 steps of 8 bits. */
  private static final double MOST_UNEQUAL = 8;

  private static final Set<String> VARIABLES =
      Set.of("VarHandleOp", "ReadVariableOp", "VariableV2", "Variable");

  private final GraphModel given;
  private final Map<String, String> divisions = new HashMap<>();
  private GraphModel products;

  private Quotients(GraphModel given) {
    this.given = given;
    products = given;
  }

  /**
   * Writes such quotients between inputs and outputs as products.
   *
   * @param selector of those to quantize; others stay as they are
   */
  public static Quotients asProducts(GraphModel model, LayerSelector selector) {
    Quotients quotients = new Quotients(model);
    quotients.rewrite(selector);
    return quotients;
  }

  /** Returns the model with products; the one that was given if it has no such quotient. */
  public GraphModel model() {
    return products;
  }

  /** Returns entries about the model with products with the types that operations were given. */
  public List<Entry> asGiven(List<Entry> entries) {
    return entries.stream()
        .map(
            entry ->
                new Entry(
                    entry.operation(),
                    divisions.getOrDefault(entry.operation(), entry.type()),
                    entry.detail()))
        .toList();
  }

  /** Returns a selector for the model with products that asks another about the one given. */
  public LayerSelector asGiven(LayerSelector selector) {
    return divisions.isEmpty() ? selector : new AsGiven(selector, given, divisions);
  }

  private record AsGiven(LayerSelector selector, GraphModel given, Map<String, String> types)
      implements LayerSelector {

    @Override
    public boolean selects(String name, String type) {
      return selector.selects(name, types.getOrDefault(name, type));
    }

    @Override
    public void requireMatches(GraphModel model) {
      selector.requireMatches(given);
    }

    @Override
    public String toString() {
      return selector.toString();
    }
  }

  private void rewrite(LayerSelector selector) {
    ModelEditor editor = new ModelEditor(given);
    DataFlow flow = new DataFlow(editor);
    List<NodeDef> quotients = new ArrayList<>();
    for (NodeDef node : flow.operations()) {
      boolean divides =
          Patterns.isDivision(node)
              && Patterns.isFloat(node)
              && selector.selects(node.getName(), node.getOp());
      if (divides && flow.isDynamic(node, 0) && !flow.isDynamic(node, 1)) {
        quotients.add(node);
      }
    }
    Map<String, TensorProto> divisors = divisors(editor, quotients);
    for (NodeDef node : quotients) {
      TensorProto divisor = divisors.get(node.getInput(1));
      // The converter multiplies with the reciprocal of a constant number by itself.
      TensorProto reciprocals =
          divisor == null || isConstantNumber(editor.graph().input(node, 1), divisor)
              ? null
              : reciprocals(divisor);
      if (reciprocals != null) {
        String factor = editor.addConstant(node.getName() + "/reciprocals", reciprocals);
        NodeBuilder product =
            NodeBuilder.op("Mul", node.getName()).inputs(node.getInput(0), factor);
        node.getInputList().stream().skip(2).forEach(product::inputs);
        editor.graph().replace(product.attr("T", DataType.DT_FLOAT).build());
        divisions.put(node.getName(), node.getOp());
      }
    }
    products = divisions.isEmpty() ? given : editor.build();
  }

  /**
   * Returns the divisors that are constants, or are computed of some, such as the deviations of
   * Keras' normalization. What is computed of variables is none while these are trained.
   */
  private Map<String, TensorProto> divisors(ModelEditor editor, List<NodeDef> quotients) {
    Map<String, TensorProto> divisors = new HashMap<>();
    Set<String> computed = new LinkedHashSet<>();
    OpDefinitions definitions = new OpDefinitions(given.graphDef());
    for (NodeDef node : quotients) {
      NodeDef constant = editor.graph().input(node, 1);
      while (PassThrough.isPassThrough(constant)) {
        constant = editor.graph().input(constant, 0);
      }
      if (Patterns.isFloatConstant(constant)) {
        divisors.put(node.getInput(1), constant.getAttrOrThrow("value").getTensor());
      } else if (isFixed(editor.graph(), definitions, node.getInput(1))) {
        computed.add(node.getInput(1));
      }
    }
    divisors.putAll(StaticTensors.evaluate(given, computed));
    return divisors;
  }

  private boolean isFixed(GraphEditor graph, OpDefinitions definitions, String tensor) {
    return graph.reachable(List.of(TensorRef.parse(tensor).node())).stream()
        .map(graph::node)
        .allMatch(
            node ->
                !node.getOp().startsWith("Placeholder")
                    && (!definitions.changesSomething(node)
                        || (!given.isTraining() && VARIABLES.contains(node.getOp()))));
  }

  private static boolean isConstantNumber(NodeDef node, TensorProto value) {
    boolean computed = !PassThrough.isPassThrough(node) && !Patterns.isFloatConstant(node);
    return !computed && TensorProtos.shape(value).size() == 1;
  }

  /** Returns the reciprocals of several values, or null if they have no range in common. */
  private static @Nullable TensorProto reciprocals(TensorProto divisors) {
    float[] values = TensorProtos.toFloats(divisors).clone();
    float least = Float.MAX_VALUE;
    float most = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 / values[i];
      least = Math.min(least, Math.abs(values[i]));
      most = Math.max(most, Math.abs(values[i]));
    }
    boolean equal = least >= Float.MIN_NORMAL && most <= MOST_UNEQUAL * least;
    return values.length > 0 && equal
        ? TensorProtos.floats(TensorProtos.shape(divisors), values)
        : null;
  }
}
