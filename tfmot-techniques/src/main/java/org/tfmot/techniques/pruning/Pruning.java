package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.pruning.MaskSelection.Selected;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightedLayers;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/**
 * Magnitude pruning (Zhu and Gupta, 2017): while the model trains, the smallest weights of every
 * selected tensor are set to zero, more and more of them as a schedule demands.
 *
 * <p>Where this differs from the Python toolkit:
 *
 * <ul>
 *   <li>Exactly {@code max(round(size * (1 - sparsity)), 1)} weights stay, ties broken by index;
 *       there all ties stay.
 *   <li>The schedule acts at its first step. An update at step N in a run of N steps is made after
 *       the last one.
 *   <li>Masks only grow: a weight that was pruned stays pruned, in later updates and in later runs.
 *       There every update starts from all weights, and a pruned one (whose value is 0) may come
 *       back where the sparsity falls. Schedules that fall are refused.
 *   <li>A checkpoint taken between steps is sparse.
 *   <li>A schedule that does not reach its final sparsity within the training is refused when that
 *       begins, unless the masks have it already: a pruned model may be trained on for as short as
 *       one likes. A model that was trained without this technique's hook cannot be stripped.
 * </ul>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Pruning implements Technique {

  private final PruningSchedule schedule;
  private final LayerSelector selector;
  private final boolean depthwise;
  private final SparsityPattern pattern;
  private final boolean latency;

  private Pruning(PruningSchedule schedule, Builder builder) {
    this.schedule = schedule;
    selector = builder.selector;
    depthwise = builder.depthwise;
    pattern = builder.pattern;
    latency = builder.latency;
    pattern.selection().check(schedule);
  }

  /** Starts a configuration; the schedule has to be set. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return "magnitude pruning";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model cannot be trained as it is ({@link
   *     GraphModel#canTrain}), nothing in it can be pruned, or a selected weight is not finite, is
   *     pruned already or clustered without a value that stays 0; with {@link Builder#forLatency}
   *     the message names every operation that breaks a rule
   */
  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    return mask(previous).optimized();
  }

  /**
   * A model with masks.
   *
   * @param weightOf the masked variables by the operations that they are weights of
   */
  record Masked(Optimized optimized, PruningHook hook, Map<String, String> weightOf) {}

  /** See {@link #apply}. */
  Masked mask(Optimized previous) {
    GraphModel model = previous.model();
    model.requireCanTrain(name());
    ModelEditor editor = new ModelEditor(model);
    WeightedLayers found = WeightedLayers.find(model, editor, selector, depthwise, "pruning");
    XnnPackPolicy policy = latency ? XnnPackPolicy.of(model) : null;
    if (policy != null) {
      found = found.without(layer -> policy.refusal(layer.node()));
    }
    found = found.without(pattern.selection()::refusal);
    if (found.layers().isEmpty()) {
      throw policy == null ? nothing(model, found) : policy.nothing();
    }
    List<Entry> applied = new ArrayList<>();
    Map<String, String> weightOf = new LinkedHashMap<>();
    Collection<Layer> layers = weights(editor, found.layers(), weightOf, applied);
    Map<String, String> maskedNodes = new LinkedHashMap<>();
    PruningHook hook = addMasks(editor, layers, maskedNodes);
    Optimized optimized =
        previous.with(
            editor.build(),
            List.of(hook),
            new OptimizationReport(name(), applied, skipped(found.skipped(), policy)),
            trained -> strip(trained, maskedNodes));
    return new Masked(optimized, hook, weightOf);
  }

  /** Says why nothing can be pruned, layer by layer. */
  private static IllegalArgumentException nothing(GraphModel model, WeightedLayers found) {
    List<String> weighted = WeightedLayers.names(model);
    StringBuilder text = new StringBuilder("nothing to prune: ");
    if (weighted.isEmpty()) {
      text.append("no layer between the model's inputs and outputs has a trainable weight");
      text.append(found.otherTypes());
    } else {
      text.append("no layer with a weight is pruned");
      found.skipped().stream()
          .filter(entry -> weighted.contains(entry.operation()))
          .forEach(
              entry ->
                  text.append(
                      "\n  %s (%s): %s"
                          .formatted(entry.operation(), entry.type(), entry.detail())));
    }
    return new IllegalArgumentException(text.toString());
  }

  /** The entries, and all that breaks a rule of the policy. */
  private static List<Entry> skipped(List<Entry> skipped, @Nullable XnnPackPolicy policy) {
    Set<Entry> all = new LinkedHashSet<>(skipped);
    if (policy != null) {
      all.addAll(policy.broken().values());
    }
    return List.copyOf(all);
  }

  /** The layers, but of those that share a weight only the first. */
  private static Collection<Layer> weights(
      ModelEditor editor, List<Layer> layers, Map<String, String> weightOf, List<Entry> applied) {
    Map<String, Layer> byWeight = new LinkedHashMap<>();
    for (Layer layer : layers) {
      Weight weight = layer.weight();
      Variable variable = weight.variable();
      NodeDef node = layer.node();
      if (editor.graph().find(MaskNodes.maskVariable(variable.name())) != null) {
        throw new IllegalArgumentException(
            ("the weight \"%s\" of \"%s\" is pruned already: give the one pruning the final"
                    + " sparsity, or select other layers")
                .formatted(variable.name(), node.getName()));
      }
      NodeDef standIn = weight.standIn();
      if (standIn != null && !weight.zerosStay()) {
        throw new IllegalArgumentException(
            ("the weight \"%s\" of \"%s\" is read through \"%s\", which would not keep the zeros of"
                    + " a mask: prune first, or cluster with preserveZeros()")
                .formatted(variable.name(), node.getName(), standIn.getName()));
      }
      if (byWeight.putIfAbsent(variable.name(), layer) == null) {
        weight.requireFinite();
      }
      weightOf.put(node.getName(), variable.name());
      applied.add(new Entry(node.getName(), node.getOp(), "mask on " + variable));
    }
    return byWeight.values();
  }

  /** Adds everything; takes the masked weights' nodes down by variable. */
  private PruningHook addMasks(
      ModelEditor editor, Collection<Layer> layers, Map<String, String> masked) {
    String sparsity =
        editor.add(
            "Placeholder",
            "pruning_sparsity",
            Map.of("dtype", DataType.DT_FLOAT, "shape", Shape.scalar()));
    List<MaskNodes> masks = new ArrayList<>();
    for (Layer layer : layers) {
      // What stands in keeps zeros and reads the masked weight from now on.
      MaskNodes mask = new MaskNodes(editor, layer.weight().beneath(), layer.axes());
      masked.put(layer.weight().variable().name(), mask.masked());
      masks.add(mask);
    }
    Selected selected = pattern.selection().add(masks, sparsity);
    List<String> updates = new ArrayList<>();
    List<String> applications = new ArrayList<>();
    for (int i = 0; i < masks.size(); i++) {
      updates.add("^" + masks.get(i).addUpdate(selected.best().get(i)));
      applications.add("^" + masks.get(i).addApplication());
    }
    String update = editor.add("NoOp", "pruning_update", Map.of(), updates.toArray(String[]::new));
    String apply =
        editor.add("NoOp", "pruning_apply", Map.of(), applications.toArray(String[]::new));
    String all = addAll(editor, selected.finished());
    editor.endpoints().operation(update).operation(apply).operation(all);
    List<String> variables = masked.keySet().stream().map(MaskNodes::maskVariable).toList();
    return new PruningHook(
        schedule, new PruningHook.Operations(sparsity, update, apply, all, variables));
  }

  /** Adds the conjunction of some tensors. */
  private static String addAll(ModelEditor editor, List<String> tensors) {
    String packed =
        editor.add(
            "Pack",
            "pruning_finished/masks",
            Map.of("N", tensors.size(), "T", DataType.DT_BOOL),
            tensors.toArray(String[]::new));
    String axis = editor.addConstant("pruning_finished/axis", TensorProtos.scalar(0));
    return editor.add("All", "pruning_finished", Map.of("Tidx", DataType.DT_INT32), packed, axis);
  }

  /**
   * Gives the weights their masked values and takes the masks out.
   *
   * @param masks the masked weights' nodes by variable
   */
  private static GraphModel strip(GraphModel trained, Map<String, String> masks) {
    ModelEditor editor = new ModelEditor(trained);
    masks.forEach(
        (weight, name) -> {
          NodeDef masked = editor.graph().find(name);
          // Otherwise a technique on top has made the masked weight a constant already.
          if (masked != null && MaskNodes.isMasked(editor.graph(), masked)) {
            editor.setValue(weight, MaskNodes.maskedValue(editor::variable, weight));
            editor.redirect(TensorRef.of(name), TensorRef.parse(masked.getInput(0)), user -> true);
          }
        });
    return editor.build();
  }

  /** Collects a configuration. */
  public static final class Builder {
    private @Nullable PruningSchedule schedule;
    private LayerSelector selector = LayerSelector.layers();
    private boolean depthwise;
    private SparsityPattern pattern = SparsityPattern.perTensor();
    private boolean latency;

    private Builder() {}

    /** Sets when masks are updated, and to which sparsity. */
    public Builder schedule(PruningSchedule value) {
      Arguments.require(value, "value");
      schedule = value;
      return this;
    }

    /** Selects the layers whose weights are pruned; all by default. */
    public Builder select(LayerSelector layers) {
      Arguments.require(layers, "layers");
      selector = layers;
      return this;
    }

    /** Sets which weights become zero; {@link SparsityPattern#perTensor} by default. */
    public Builder pattern(SparsityPattern value) {
      Arguments.require(value, "value");
      pattern = value;
      return this;
    }

    /**
     * Prunes only what XNNPACK, TensorFlow Lite's library for float models, can compute without the
     * zeros, so that the pruned model is faster and not only smaller. These are the 1x1
     * convolutions with stride 1 of a subgraph
     *
     * <ul>
     *   <li>that begins with 3x3 convolutions with stride 2 over images of 3 channels, each with a
     *       {@code Pad} of 1 and padding VALID,
     *   <li>that ends with the {@code Mean} over height and width, or a {@code DepthToSpace},
     *   <li>and between them has only 1x1 convolutions, 3x3 and 5x5 depthwise ones with stride 1 or
     *       2, padded on both sides alike ({@code Pad} and VALID where the stride is 2), additions
     *       and products of two images, resizing, {@code Relu}, {@code Relu6}, {@code LeakyRelu},
     *       {@code Elu}, {@code Sigmoid}, {@code Abs}, {@code Neg}, {@code Square}, rounding, and
     *       biases and batch norms that follow a convolution,
     *   <li>none of whose results is read elsewhere.
     * </ul>
     *
     * <p>The report names every operation that breaks one of these, and the rule. What the policy
     * prunes becomes faster if more than two thirds of all these weights are zero, the file is
     * converted with {@code TfLiteConverter.sparse()}, and the processor is not an x86 one with
     * AVX, where XNNPACK prefers to compute densely. Source: XNNPACK's subgraph rewriting, as of
     * TensorFlow Lite 2.18, and each rule tried there.
     */
    public Builder forLatency() {
      latency = true;
      return this;
    }

    /** Prunes depthwise convolutions too, as far as they are selected. */
    public Builder depthwise() {
      depthwise = true;
      return this;
    }

    /**
     * The technique.
     *
     * @throws IllegalArgumentException if no schedule was set
     */
    public Pruning build() {
      if (schedule == null) {
        throw new IllegalArgumentException("pruning needs a schedule");
      }
      return new Pruning(schedule, this);
    }

    /**
     * Pruning at once instead of over a schedule, without training: for measuring what a sparsity
     * and a pattern do to size and latency. Accuracy is lost. The masks are those of training.
     *
     * <p>It takes models in training and in inference mode. Where layers have trainable weights,
     * those are pruned; in other models, such as frozen ones, all variables and constants that
     * layers read as their weights. Only values change, the graph stays.
     *
     * @param sparsity in [0, 1)
     * @throws IllegalArgumentException if the sparsity is out of range or not that of the pattern,
     *     or a schedule was set
     */
    public Technique oneShot(double sparsity) {
      if (schedule != null) {
        throw new IllegalArgumentException(
            "pruning at once follows no schedule, but %s was set".formatted(schedule));
      }
      return new OneShotPruning(new Pruning(ConstantSparsity.of(sparsity, 0), this));
    }
  }
}
