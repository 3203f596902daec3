package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
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

  private static final Set<String> WEIGHTED = Set.of("Conv2D", "MatMul");

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
   * @throws IllegalArgumentException if the model is in inference mode or nothing in it can be
   *     pruned
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
    Map<String, String> weights = selectWeights(editor, applied, skipped);
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("nothing to prune: no selected layer has a weight");
    }
    PruningHook hook = addMasks(editor, weights);
    return previous.with(
        editor.build(),
        List.of(hook),
        new OptimizationReport(name(), applied, skipped),
        trained -> strip(trained, Set.copyOf(weights.keySet())));
  }

  /** The weight variables to prune and the tensor that reads each. */
  private Map<String, String> selectWeights(
      ModelEditor editor, List<Entry> applied, List<Entry> skipped) {
    Map<String, String> weights = new LinkedHashMap<>();
    for (NodeDef node : editor.graph().nodes()) {
      if (!WEIGHTED.contains(node.getOp())) {
        continue;
      }
      String read = weightRead(editor.graph(), node.getInput(1));
      Variable variable = read == null ? null : weight(editor, read);
      String why = reason(node, variable);
      if (why != null || read == null || variable == null) {
        skipped.add(new Entry(node.getName(), node.getOp(), why == null ? "no weight" : why));
      } else {
        weights.put(variable.name(), read);
        applied.add(new Entry(node.getName(), node.getOp(), "mask on " + variable));
      }
    }
    return weights;
  }

  private @Nullable String reason(NodeDef node, @Nullable Variable variable) {
    if (!selector.selects(node.getName(), node.getOp())) {
      return "not selected";
    }
    if (variable == null) {
      return "its second input is not a trainable variable of type float";
    }
    return null;
  }

  /**
   * The tensor that reads the variable behind a weight, through what other techniques put there.
   */
  private static @Nullable String weightRead(GraphEditor graph, String tensor) {
    NodeDef node = graph.producer(tensor);
    return switch (node.getOp()) {
      case "ReadVariableOp", "VariableV2" -> node.getName();
      case "Identity" -> {
        NodeDef source = graph.input(node, 0);
        yield source.getOp().equals("VariableV2")
            ? node.getName()
            : weightRead(graph, node.getInput(0));
      }
      case "FakeQuantWithMinMaxVarsPerChannel", "FakeQuantWithMinMaxVars", "Mul" ->
          weightRead(graph, node.getInput(0));
      default -> null;
    };
  }

  private static @Nullable Variable weight(ModelEditor editor, String read) {
    NodeDef node = editor.graph().node(read);
    String name =
        node.getInputCount() == 0 ? node.getName() : TensorRef.parse(node.getInput(0)).node();
    Variable variable = editor.variable(name);
    return variable.trainable() && variable.dtype() == DataType.DT_FLOAT ? variable : null;
  }

  private PruningHook addMasks(ModelEditor editor, Map<String, String> weights) {
    String sparsity =
        editor.add(
            "Placeholder",
            "pruning_sparsity",
            Map.of("dtype", DataType.DT_FLOAT, "shape", org.tensorflow.ndarray.Shape.scalar()));
    List<String> updates = new ArrayList<>();
    List<String> applications = new ArrayList<>();
    weights.forEach(
        (name, read) -> {
          MaskNodes nodes = new MaskNodes(editor, editor.variable(name), read);
          updates.add("^" + nodes.addUpdate(sparsity));
          applications.add("^" + nodes.addApplication());
        });
    String update = editor.add("NoOp", "pruning_update", Map.of(), updates.toArray(String[]::new));
    String apply =
        editor.add("NoOp", "pruning_apply", Map.of(), applications.toArray(String[]::new));
    editor.endpoints().operation(update).operation(apply);
    return new PruningHook(schedule, sparsity, update, apply);
  }

  private static GraphModel strip(GraphModel trained, Set<String> weights) {
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

  private static org.tensorflow.proto.TensorProto masked(ModelEditor editor, String weight) {
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
