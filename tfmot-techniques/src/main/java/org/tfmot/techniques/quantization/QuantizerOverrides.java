package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/** Per-layer and per-endpoint quantizer overrides; later rules take precedence. */
final class QuantizerOverrides {

  private final List<Rule> rules = new ArrayList<>();
  private final List<EndpointRule> endpoints = new ArrayList<>();

  QuantizerOverrides() {}

  QuantizerOverrides(QuantizerOverrides other) {
    rules.addAll(other.rules);
    endpoints.addAll(other.endpoints);
  }

  private record Rule(LayerSelector layers, LayerQuantization how) {}

  /** Of an input or an output, or of all if the name is null; no range means no quantization. */
  private record EndpointRule(boolean input, @Nullable String name, @Nullable Range range) {

    String role() {
      return input ? "input" : "output";
    }

    String describe() {
      return name == null ? "the " + role() + "s" : "the %s \"%s\"".formatted(role(), name);
    }
  }

  void layer(LayerSelector layers, LayerQuantization how) {
    rules.add(new Rule(layers, how));
  }

  void endpoint(boolean input, @Nullable String name, @Nullable Range range) {
    endpoints.add(new EndpointRule(input, name, range));
  }

  /** Returns these rules with other selectors instead of theirs. */
  QuantizerOverrides with(UnaryOperator<LayerSelector> selectors) {
    QuantizerOverrides others = new QuantizerOverrides();
    rules.forEach(rule -> others.layer(selectors.apply(rule.layers), rule.how));
    others.endpoints.addAll(endpoints);
    return others;
  }

  /** A plan without what is not to be quantized, and how the rest is. */
  record Resolved(QuantizationPlan plan, QuantizerAssignment assignment) {}

  /**
   * Applies the rules to a plan.
   *
   * @throws IllegalArgumentException if a rule has nothing to say about any tensor of the plan, or
   *     later ones leave it nothing
   */
  Resolved resolve(GraphModel model, QuantizationPlan given, RangeObserver moving) {
    QuantizationPlan plan = given;
    for (EndpointRule rule : endpoints) {
      plan = rule.input ? ownRanges(rule, model, plan) : plan;
    }
    GraphEditor graph = new GraphEditor(model.graphDef());
    Map<String, Quantizer> quantizers = new HashMap<>();
    Map<String, Integer> ruled = new HashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      requireMatches(i + 1, rules.get(i), model);
      Set<String> found = apply(rules.get(i), graph, plan, quantizers);
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            ("layer configuration %d matches no quantized weight or output (%s); quantized"
                    + " operations: %s")
                .formatted(
                    i + 1,
                    text(rules.get(i).layers),
                    plan.applied().stream().map(entry -> entry.operation()).limit(10).toList()));
      }
      int number = i + 1;
      found.forEach(quantizer -> ruled.put(quantizer, number));
    }
    Resolved resolved = resolveEndpoints(model, graph, plan, quantizers, moving);
    Set<String> left = new HashSet<>();
    resolved.plan().weights().forEach(point -> left.add(point.quantizer()));
    resolved.plan().activations().forEach(point -> left.add(point.quantizer()));
    ruled.keySet().retainAll(left);
    for (int number = 1; number <= rules.size(); number++) {
      if (!ruled.containsValue(number)) {
        throw new IllegalArgumentException(
            ("layer configuration %d has no effect (%s): later ones are about all that it selects,"
                    + " or it is an input that stays in float; leave it out, or put it behind them")
                .formatted(number, text(rules.get(number - 1).layers)));
      }
    }
    return resolved;
  }

  private Resolved resolveEndpoints(
      GraphModel model,
      GraphEditor graph,
      QuantizationPlan plan,
      Map<String, Quantizer> quantizers,
      RangeObserver moving) {
    QuantizationPlan kept = plan;
    Map<TensorRef, EndpointRule> ruled = new HashMap<>();
    for (EndpointRule rule : endpoints) {
      List<TensorRef> found = found(rule, model, graph, kept);
      requireFree(rule, found, kept);
      found.forEach(tensor -> ruled.put(tensor, rule));
      kept = apply(rule, found, kept, quantizers);
    }
    for (EndpointRule rule : endpoints) {
      if (ruled.values().stream().noneMatch(other -> other.equals(rule))) {
        throw new IllegalArgumentException(
            "what was said of %s has no effect: something else is said of it later; leave one out"
                .formatted(rule.describe()));
      }
    }
    return new Resolved(kept, new QuantizerAssignment(moving, quantizers, notes(kept, quantizers)));
  }

  /** An input may flow into nothing but a concatenation: what is said of it is not said of that. */
  private static QuantizationPlan ownRanges(
      EndpointRule rule, GraphModel model, QuantizationPlan plan) {
    List<TensorRef> inputs = tensors(rule, model).stream().map(TensorRef::parse).toList();
    for (ActivationPoint point : plan.activations()) {
      if (rule.range == null && point.merged() && inputs.contains(point.tensor())) {
        throw new IllegalArgumentException(
            ("the input \"%s\" flows into \"%s\", whose inputs are all quantized or none: leave out"
                    + " what was said of %s, or do not select that operation")
                .formatted(point.tensor(), point.rangeOf(), rule.describe()));
      }
    }
    return plan.unmerged(inputs);
  }

  /** The runtime computes some functions in one range only. */
  private static void requireFree(
      EndpointRule rule, List<TensorRef> tensors, QuantizationPlan plan) {
    for (ActivationPoint point : plan.activations()) {
      Range demanded = point.fixed();
      if (rule.range != null && demanded != null && tensors.contains(point.tensor())) {
        throw new IllegalArgumentException(
            ("the runtime demands the range [%s, %s] of \"%s\": leave what was said of %s out")
                .formatted(demanded.min(), demanded.max(), point.tensor(), rule.describe()));
      }
    }
  }

  /** Answers with the quantizers that the rule is about, by the names of their nodes. */
  private static Set<String> apply(
      Rule rule, GraphEditor graph, QuantizationPlan plan, Map<String, Quantizer> quantizers) {
    Set<String> weights = new HashSet<>();
    for (WeightPoint point : plan.weights()) {
      if (selects(rule, graph, point.operation())) {
        weights.add(point.quantizer());
      }
    }
    Set<String> activations = new HashSet<>();
    for (ActivationPoint point : plan.activations()) {
      if (point.hasOwnRange() && selects(rule, graph, plan.producer(point.tensor()))) {
        activations.add(point.quantizer());
      }
    }
    boolean ofWeightsAlone = rule.how.activations().isStandard();
    boolean ofActivationsAlone = rule.how.weights().isStandard();
    if ((ofWeightsAlone && !ofActivationsAlone && weights.isEmpty())
        || (ofActivationsAlone && !ofWeightsAlone && activations.isEmpty())) {
      return Set.of();
    }
    weights.forEach(name -> quantizers.put(name, rule.how.weights()));
    activations.forEach(name -> quantizers.put(name, rule.how.activations()));
    weights.addAll(activations);
    return weights;
  }

  /** Returns how a selector was made; one of the caller's has a text only if it was given one. */
  private static String text(LayerSelector selector) {
    String text = selector.toString();
    return text.contains("$$Lambda") ? "a selector of the caller's" : text;
  }

  private static void requireMatches(int number, Rule rule, GraphModel model) {
    try {
      rule.layers.requireMatches(model);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "layer configuration %d: %s".formatted(number, e.getMessage()), e);
    }
  }

  private static boolean selects(Rule rule, GraphEditor graph, String operation) {
    NodeDef node = graph.find(operation);
    return node != null && rule.layers.selects(operation, node.getOp());
  }

  /** Returns the notes of the report on operations with overrides. */
  private static Map<String, String> notes(
      QuantizationPlan plan, Map<String, Quantizer> quantizers) {
    Map<String, String> notes = new LinkedHashMap<>();
    for (WeightPoint point : plan.weights()) {
      Quantizer quantizer = quantizers.get(point.quantizer());
      if (quantizer != null) {
        String note = "weights by " + quantizer.describe(point.spec());
        notes.merge(point.operation(), note, (one, two) -> one + "; " + two);
      }
    }
    for (ActivationPoint point : plan.activations()) {
      Quantizer quantizer = quantizers.get(point.quantizer());
      if (quantizer != null) {
        String note =
            point.fixed() == null
                ? "output by " + quantizer.describe(QuantizerSpec.ACTIVATION)
                : "output in the range that the runtime demands, "
                    + quantizer.spec(QuantizerSpec.ACTIVATION);
        notes.merge(plan.producer(point.tensor()), note, (one, two) -> one + "; " + two);
      }
    }
    return notes;
  }

  /** The tensors whose ranges a rule is about. */
  private static List<TensorRef> found(
      EndpointRule rule, GraphModel model, GraphEditor graph, QuantizationPlan plan) {
    Map<TensorRef, TensorRef> owners = new HashMap<>();
    plan.activations().forEach(point -> owners.put(point.tensor(), point.rangeOf()));
    List<TensorRef> found = new ArrayList<>();
    for (String tensor : tensors(rule, model)) {
      TensorRef owner = owner(graph, owners, TensorRef.parse(tensor));
      if (owner != null) {
        found.add(owner);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          (rule.name == null
                  ? "no %s of the model is quantized".formatted(rule.role())
                  : "%s is not quantized".formatted(rule.describe()))
              + ": leave its configuration out");
    }
    return found;
  }

  private static QuantizationPlan apply(
      EndpointRule rule,
      List<TensorRef> found,
      QuantizationPlan plan,
      Map<String, Quantizer> quantizers) {
    Range range = rule.range;
    if (range == null) {
      return plan.without(found);
    }
    for (TensorRef tensor : found) {
      quantizers.merge(
          ActivationPoint.quantizer(tensor),
          Quantizer.fixed(range.min(), range.max()),
          (old, fixed) -> old.withObserverOf(fixed));
    }
    return plan;
  }

  private static List<String> tensors(EndpointRule rule, GraphModel model) {
    Map<String, String> tensors = rule.input ? model.inputs() : model.outputs();
    if (rule.name == null) {
      return List.copyOf(tensors.values());
    }
    String tensor = tensors.get(rule.name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the model has no %s \"%s\", it has %s"
              .formatted(rule.role(), rule.name, tensors.keySet()));
    }
    return List.of(tensor);
  }

  /** The tensor that gives an endpoint its range: what only moves values is passed over. */
  private static @Nullable TensorRef owner(
      GraphEditor graph, Map<TensorRef, TensorRef> owners, TensorRef endpoint) {
    TensorRef tensor = endpoint;
    while (!owners.containsKey(tensor)) {
      NodeDef node = graph.node(tensor.node());
      if (!Patterns.isTransparent(node)) {
        return null;
      }
      tensor = TensorRef.parse(node.getInput(Patterns.dataInputs(node)[0]));
    }
    return owners.get(tensor);
  }
}
