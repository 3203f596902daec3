package org.tfmot.techniques.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/**
 * The rewriting of a model's weights by a technique: finds the weights of the selected layers, has
 * each replaced by an <em>effective weight</em> that the technique computes from it, reports what
 * was done, and takes the effective weights out again when the trained model is stripped. Magnitude
 * pruning and clustering are written on it, and so is a user's technique:
 *
 * <pre>{@code
 * public Optimized apply(Optimized previous) {
 *   WeightRewrite rewrite = WeightRewrite.begin(this, previous, LayerSelector.layers(), false);
 *   for (WeightGraph weight : rewrite.weights()) {
 *     String sign = weight.add("Sign", "sign", weight.stopGradient("still", weight.tensor()));
 *     weight.replace(weight.straightThrough("signed", sign), "its sign", ZEROS_STAY, FEW_VALUES);
 *   }
 *   return rewrite.finish();
 * }
 * }</pre>
 *
 * <p>Effective weights compose. A later technique computes its own from the earlier one's, and what
 * the earlier one guarantees has to hold after it: {@link WeightGraph#replace} refuses what breaks
 * the rules. State, such as masks and centroids, is in variables of the model, so that checkpoints
 * have it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class WeightRewrite {

  private final Technique technique;
  private final Optimized previous;
  private final ModelEditor editor;
  private final Set<String> original = new LinkedHashSet<>();
  private final Set<Entry> skipped = new LinkedHashSet<>();
  private final Map<String, WeightGraph> weights = new LinkedHashMap<>();
  private WeightedLayers found;
  private @Nullable Map<String, TensorProto> values;

  private WeightRewrite(
      Technique technique,
      Optimized previous,
      LayerSelector selector,
      boolean depthwise,
      String subject) {
    this.technique = technique;
    this.previous = previous;
    previous.model().requireCanTrain(technique.name());
    editor = new ModelEditor(previous.model());
    editor.graph().nodes().forEach(node -> original.add(node.getName()));
    found = WeightedLayers.find(previous.model(), editor, selector, depthwise, subject);
  }

  /**
   * Finds the weights of the selected layers between a model's inputs and outputs.
   *
   * @param depthwise whether depthwise convolutions are rewritten, too; they have few weights, and
   *     accuracy hangs on them
   * @throws IllegalArgumentException if the model cannot be trained as it is ({@link
   *     GraphModel#canTrain}), or a part of the selector matches nothing
   */
  public static WeightRewrite begin(
      Technique technique, Optimized previous, LayerSelector selector, boolean depthwise) {
    Arguments.require(technique, "technique");
    Arguments.require(previous, "previous");
    Arguments.require(selector, "selector");
    return new WeightRewrite(technique, previous, selector, depthwise, technique.name());
  }

  /** Does the same for a technique that reasons name in another way. */
  @API(status = API.Status.INTERNAL, since = "0.2.0")
  public static WeightRewrite begin(
      Technique technique,
      Optimized previous,
      LayerSelector selector,
      boolean depthwise,
      String subject) {
    Arguments.require(previous, "previous");
    return new WeightRewrite(technique, previous, selector, depthwise, subject);
  }

  /**
   * Leaves layers alone, and with each all that share its weight. To be called before {@link
   * #weights}; the report has the reasons.
   *
   * @param refusal returns the reason, such as {@code "it has fewer than 16 weights"}; null for a
   *     layer that is rewritten
   * @return this
   */
  public WeightRewrite without(Function<WeightedLayer, @Nullable String> refusal) {
    Arguments.require(refusal, "refusal");
    if (!weights.isEmpty()) {
      throw new IllegalStateException("leave layers out before weights() is called");
    }
    found = found.without(layer -> refusal.apply(WeightedLayer.of(layer)));
    return this;
  }

  /** Returns the layers whose weights are rewritten, in the graph's order. */
  public List<WeightedLayer> layers() {
    return found.layers().stream().map(WeightedLayer::of).toList();
  }

  /** Returns the reason for each layer that has a weight and is left alone, as text. */
  public String reasons() {
    List<String> weighted = WeightedLayers.names(previous.model());
    if (weighted.isEmpty()) {
      return "no layer between the model's inputs and outputs has a trainable weight"
          + found.otherTypes();
    }
    return found.skipped().stream()
        .filter(entry -> weighted.contains(entry.operation()))
        .map(e -> "\n  %s (%s): %s".formatted(e.operation(), e.type(), e.detail()))
        .collect(Collectors.joining("", "every layer with a weight is left alone", ""));
  }

  /**
   * Returns the weights, each once however many layers read it, in the graph's order. Each has to
   * be replaced before {@link #finish}.
   *
   * @throws IllegalArgumentException if there is none, with the reason for each layer; or if a
   *     weight has a value that is not finite
   */
  public List<WeightGraph> weights() {
    if (found.layers().isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to change by %s: %s".formatted(technique.name(), reasons()));
    }
    if (weights.isEmpty()) {
      Map<String, List<Layer>> readers = new LinkedHashMap<>();
      for (Layer layer : found.layers()) {
        readers
            .computeIfAbsent(layer.weight().variable().name(), name -> new ArrayList<>())
            .add(layer);
      }
      readers.forEach((name, layers) -> weights.put(name, new WeightGraph(this, layers)));
      weights.values().forEach(weight -> weight.weight().requireFinite());
    }
    return List.copyOf(weights.values());
  }

  /**
   * Returns the model in the making, for what belongs to no single weight: placeholders, operations
   * for hooks ({@code model().endpoints().operation(name)}).
   */
  public ModelEditor model() {
    return editor;
  }

  /** Adds entries about operations that are left alone for a further reason to the report. */
  public void skip(Iterable<Entry> entries) {
    entries.forEach(skipped::add);
  }

  /**
   * Makes the result. {@code strip()} gives each variable the value that its effective weight has
   * after training, and the layers read the variable again.
   *
   * <p>Without hooks, one notices trained values that were not taken in before {@code strip()}.
   *
   * @param hooks run beside training
   * @throws IllegalStateException if a weight was not replaced
   */
  public Optimized finish(TrainingHook... hooks) {
    return finish(null, List.of(hooks));
  }

  /**
   * Makes a result whose {@code strip()} gives each variable a value by another rule.
   *
   * @param stripped returns the value of a variable, by its name, in the trained model that it is
   *     given
   * @see #finish(TrainingHook...)
   */
  public Optimized finish(
      @Nullable BiFunction<GraphModel, String, TensorProto> stripped, List<TrainingHook> hooks) {
    List<Entry> applied = new ArrayList<>();
    for (Layer layer : found.layers()) {
      WeightGraph weight = weights.get(layer.weight().variable().name());
      if (weight == null || weight.effective() == null) {
        throw new IllegalStateException(
            "%s did not replace the weight \"%s\" of \"%s\": leave the layer out with without(...)"
                .formatted(
                    technique.name(), layer.weight().variable().name(), layer.node().getName()));
      }
      applied.add(new Entry(layer.node().getName(), layer.node().getOp(), weight.detail()));
    }
    Set<Entry> left = new LinkedHashSet<>(found.skipped());
    left.addAll(skipped);
    GraphModel changed = editor.build();
    List<EffectiveWeight> effective =
        weights.values().stream().map(WeightGraph::effectiveWeight).toList();
    return previous.with(
        changed,
        hooks.isEmpty() ? List.of(new UntakenTraining(initialValues(changed))) : hooks,
        new OptimizationReport(technique.name(), applied, List.copyOf(left)),
        trained -> EffectiveWeight.strip(trained, effective, stripped));
  }

  private static Map<String, TensorProto> initialValues(GraphModel model) {
    Map<String, TensorProto> values = new HashMap<>();
    for (Variable variable : model.variables().values()) {
      values.put(variable.name(), variable.value());
    }
    return values;
  }

  /** Returns whether a node was there before this technique. */
  boolean isOriginal(NodeDef node) {
    return original.contains(node.getName());
  }

  /** Returns what layers read now in place of a variable, computed for all weights at once. */
  TensorProto value(Weight weight) {
    if (weight.standIn() == null) {
      return weight.variable().value();
    }
    if (values == null) {
      values =
          StaticTensors.evaluate(
              previous.model(),
              weights.values().stream()
                  .map(WeightGraph::weight)
                  .filter(each -> each.standIn() != null)
                  .map(Weight::tensor)
                  .toList());
    }
    return values.getOrDefault(weight.tensor(), weight.variable().value());
  }
}
