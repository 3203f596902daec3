package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.MaskSelection.Selected;
import org.tfmot.techniques.weights.WeightGraph;
import org.tfmot.techniques.weights.WeightRewrite;

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
  private final ImportanceScore importance;

  private Pruning(PruningSchedule schedule, Builder builder) {
    this.schedule = schedule;
    selector = builder.selector;
    depthwise = builder.depthwise;
    pattern = builder.pattern;
    latency = builder.latency;
    importance = builder.importance;
    pattern.selection().check(schedule);
  }

  /** Starts a configuration; the schedule has to be set. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return importance instanceof KnownScore known ? known.toString() : "pruning by own scores";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model cannot be trained as it is ({@link
   *     GraphModel#canTrain}), nothing in it can be pruned, or a selected weight is not finite, is
   *     pruned already or clustered without a value that stays 0, or scores that training makes are
   *     asked for at step 0; with {@link Builder#forLatency} the message names every operation that
   *     breaks a rule
   */
  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    Masked masked = mask(previous);
    if (masked.trained && schedule.updatesAt(0) && schedule.sparsity(0) > 0) {
      throw new IllegalArgumentException(
          ("%s prunes at step 0, before training has made the scores of %s: let it begin later, or"
                  + " use ImportanceScore.magnitude()")
              .formatted(schedule, name()));
    }
    return masked.optimized;
  }

  /**
   * A model with masks.
   *
   * @param weightOf the masked variables by the operations that they are weights of
   * @param trained whether the scores come of training
   */
  record Masked(
      Optimized optimized, PruningHook hook, Map<String, String> weightOf, boolean trained) {}

  /** See {@link #apply}. */
  Masked mask(Optimized previous) {
    WeightRewrite rewrite = WeightRewrite.begin(this, previous, selector, depthwise, "pruning");
    XnnPackPolicy policy = latency ? XnnPackPolicy.of(previous.model()) : null;
    if (policy != null) {
      rewrite.without(layer -> policy.refusal(layer.operation()));
      rewrite.skip(policy.broken().values());
    }
    rewrite.without(pattern.selection()::refusal);
    if (rewrite.layers().isEmpty()) {
      throw policy == null
          ? new IllegalArgumentException("nothing to prune: " + rewrite.reasons())
          : policy.nothing();
    }
    Map<String, String> weightOf = new LinkedHashMap<>();
    rewrite.layers().forEach(layer -> weightOf.put(layer.operation(), layer.variable().name()));
    List<WeightGraph> weights = rewrite.weights();
    weights.forEach(weight -> requireUnpruned(rewrite, weight));
    List<MaskNodes> masks =
        weights.stream().map(weight -> new MaskNodes(weight, importance)).toList();
    PruningHook hook = addMasks(rewrite.model(), masks);
    Optimized optimized =
        rewrite.finish(
            (trained, weight) -> MaskNodes.maskedValue(trained::variable, weight), List.of(hook));
    boolean trained = masks.stream().anyMatch(MaskNodes::isTrained);
    return new Masked(optimized, hook, weightOf, trained);
  }

  private static void requireUnpruned(WeightRewrite rewrite, WeightGraph weight) {
    String name = weight.variable().name();
    if (rewrite.model().graph().find(MaskNodes.maskVariable(name)) != null) {
      throw new IllegalArgumentException(
          ("the weight \"%s\" of \"%s\" is pruned already: give the one pruning the final"
                  + " sparsity, or select other layers")
              .formatted(name, weight.layers().get(0).operation()));
    }
  }

  private PruningHook addMasks(ModelEditor editor, List<MaskNodes> masks) {
    String sparsity =
        editor.add(
            "Placeholder",
            "pruning_sparsity",
            Map.of("dtype", DataType.DT_FLOAT, "shape", Shape.scalar()));
    Selected selected = pattern.selection().add(masks, sparsity);
    // A rule may ignore the sparsity, and what nothing needs is left out.
    List<String> updates = new ArrayList<>(List.of("^" + sparsity));
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
    List<String> variables = masks.stream().map(MaskNodes::variable).toList();
    return new PruningHook(
        name(), schedule, new PruningHook.Operations(sparsity, update, apply, all, variables));
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

  /** Collects a configuration. */
  public static final class Builder {
    private @Nullable PruningSchedule schedule;
    private LayerSelector selector = LayerSelector.layers();
    private boolean depthwise;
    private SparsityPattern pattern = SparsityPattern.perTensor();
    private boolean latency;
    private ImportanceScore importance = ImportanceScore.magnitude();

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

    /** Sets which weights are important; {@link ImportanceScore#magnitude} by default. */
    public Builder importance(ImportanceScore score) {
      Arguments.require(score, "score");
      importance = score;
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
