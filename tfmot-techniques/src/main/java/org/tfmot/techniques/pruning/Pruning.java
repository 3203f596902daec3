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
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Magnitude pruning (Zhu and Gupta, 2017): while the model trains, the smallest weights of every
 * selected tensor are set to zero, more and more of them as a schedule demands.
 *
 * <p>Where this differs from the Python toolkit: exactly {@code max(round(size * (1 - sparsity)),
 * 1)} weights stay, ties broken by index (there all ties stay); the schedule acts at its first
 * step; a checkpoint taken between steps is sparse; a schedule that cannot act within the run is
 * refused when training begins.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Pruning implements Technique {

  /** The operations whose second input is a weight to prune. */
  static final Set<String> PRUNABLE = Set.of("Conv2D", "MatMul");

  private final PruningSchedule schedule;
  private final LayerSelector selector;

  private Pruning(PruningSchedule schedule, LayerSelector selector) {
    this.schedule = schedule;
    this.selector = selector;
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
   * @throws IllegalArgumentException if the model is in inference mode, nothing in it can be
   *     pruned, or a selected weight is pruned already
   */
  @Override
  public Optimized apply(Optimized previous) {
    GraphModel model = previous.model();
    if (!model.isTraining()) {
      throw new IllegalArgumentException(
          "pruning needs a model in training mode, this one is for inference");
    }
    ModelEditor editor = new ModelEditor(model);
    List<Entry> applied = new ArrayList<>();
    List<Entry> skipped = new ArrayList<>();
    Collection<PrunableWeight> weights = selectWeights(model, editor, applied, skipped);
    if (weights.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to prune: %s has no selected layer with a trainable weight"
              .formatted(model.outputs().keySet()));
    }
    PruningHook hook = addMasks(editor, weights);
    List<String> names = weights.stream().map(weight -> weight.variable().name()).toList();
    return previous.with(
        editor.build(),
        List.of(hook),
        new OptimizationReport(name(), applied, skipped),
        trained -> strip(trained, names));
  }

  private Collection<PrunableWeight> selectWeights(
      GraphModel model, ModelEditor editor, List<Entry> applied, List<Entry> skipped) {
    Map<String, PrunableWeight> weights = new LinkedHashMap<>();
    for (NodeDef node : layers(model, editor.graph())) {
      boolean prunable = PRUNABLE.contains(node.getOp());
      PrunableWeight weight = prunable ? behind(editor, node, 1) : anyWeight(editor, node);
      if (!prunable && weight == null) {
        continue;
      }
      String why = reason(node, weight);
      if (why != null || weight == null) {
        skipped.add(new Entry(node.getName(), node.getOp(), String.valueOf(why)));
        continue;
      }
      Variable variable = weight.variable();
      if (editor.graph().find(MaskNodes.maskVariable(variable.name())) != null) {
        throw new IllegalArgumentException(
            "the weight \"%s\" of \"%s\" is pruned already"
                .formatted(variable.name(), node.getName()));
      }
      weights.put(variable.name(), weight);
      applied.add(new Entry(node.getName(), node.getOp(), "mask on " + variable));
    }
    return weights.values();
  }

  /** The operations between the inputs and the outputs, in the graph's order. */
  private static List<NodeDef> layers(GraphModel model, GraphEditor graph) {
    Set<String> sources = new LinkedHashSet<>();
    model.inputs().values().forEach(tensor -> sources.add(TensorRef.parse(tensor).node()));
    List<NodeDef> nodes = graph.nodes();
    nodes.stream()
        .filter(node -> node.getOp().startsWith("Placeholder"))
        .forEach(node -> sources.add(node.getName()));
    Set<String> between = graph.dependents(sources);
    between.retainAll(
        graph.reachable(
            model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList()));
    nodes.removeIf(node -> !between.contains(node.getName()));
    return nodes;
  }

  private @Nullable String reason(NodeDef node, @Nullable PrunableWeight weight) {
    if (!selector.selects(node.getName(), node.getOp())) {
      return "not selected";
    }
    if (!PRUNABLE.contains(node.getOp())) {
      return "pruning does not know operations of this type";
    }
    return weight == null ? "its second input is not a trainable variable of type float" : null;
  }

  private static @Nullable PrunableWeight behind(ModelEditor editor, NodeDef node, int input) {
    String tensor = node.getInput(input);
    return TensorRef.parse(tensor).isControl() ? null : PrunableWeight.behind(editor, tensor);
  }

  /** A weight of two dimensions or more among an operation's inputs, or null. */
  private static @Nullable PrunableWeight anyWeight(ModelEditor editor, NodeDef node) {
    for (int i = 0; i < node.getInputCount(); i++) {
      PrunableWeight weight = behind(editor, node, i);
      if (weight != null && weight.variable().shape().numDimensions() >= 2) {
        return weight;
      }
    }
    return null;
  }

  private PruningHook addMasks(ModelEditor editor, Collection<PrunableWeight> weights) {
    String sparsity =
        editor.add(
            "Placeholder",
            "pruning_sparsity",
            Map.of("dtype", DataType.DT_FLOAT, "shape", Shape.scalar()));
    List<String> updates = new ArrayList<>();
    List<String> applications = new ArrayList<>();
    for (PrunableWeight weight : weights) {
      MaskNodes nodes = new MaskNodes(editor, weight);
      updates.add("^" + nodes.addUpdate(sparsity));
      applications.add("^" + nodes.addApplication());
    }
    String update = editor.add("NoOp", "pruning_update", Map.of(), updates.toArray(String[]::new));
    String apply =
        editor.add("NoOp", "pruning_apply", Map.of(), applications.toArray(String[]::new));
    editor.endpoints().operation(update).operation(apply);
    return new PruningHook(schedule, sparsity, update, apply);
  }

  private static GraphModel strip(GraphModel trained, List<String> weights) {
    ModelEditor editor = new ModelEditor(trained);
    for (String weight : weights) {
      NodeDef masked = editor.graph().find(MaskNodes.maskedTensor(weight));
      if (masked == null) {
        continue; // A technique on top has made the masked weight a constant already.
      }
      editor.setValue(weight, masked(editor, weight));
      editor.redirect(
          TensorRef.of(masked.getName()), TensorRef.parse(masked.getInput(0)), user -> true);
    }
    return editor.build();
  }

  private static TensorProto masked(ModelEditor editor, String weight) {
    Variable variable = editor.variable(weight);
    float[] values = TensorProtos.toFloats(variable.value());
    float[] mask = TensorProtos.toFloats(editor.variable(MaskNodes.maskVariable(weight)).value());
    for (int i = 0; i < values.length; i++) {
      // A product would turn a pruned negative weight into -0 and a NaN into NaN.
      values[i] = mask[i] == 0 ? 0 : values[i];
    }
    return TensorProtos.floats(variable.shape(), values);
  }

  /** Collects a configuration. */
  public static final class Builder {
    private @Nullable PruningSchedule schedule;
    private LayerSelector selector = LayerSelector.layers();

    private Builder() {}

    /** When and how far to prune. */
    public Builder schedule(PruningSchedule value) {
      schedule = value;
      return this;
    }

    /** Which operations' weights to prune; all by default. */
    public Builder select(LayerSelector layers) {
      selector = layers;
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
      return new Pruning(schedule, selector);
    }
  }
}
