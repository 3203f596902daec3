package org.tfmot.techniques.pruning;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.ThawedModel;
import org.tfmot.techniques.weights.WeightedLayers;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/** Applies a pruning, runs its first update, and takes nothing but the weights' values over. */
final class OneShotPruning implements Technique {

  private final Pruning pruning;

  OneShotPruning(Pruning pruning) {
    this.pruning = pruning;
  }

  @Override
  public String name() {
    return "one-shot pruning";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if nothing in the model can be pruned, or a selected weight is
   *     pruned already
   */
  @Override
  public Optimized apply(Optimized previous) {
    ThawedModel thawed = ThawedModel.of(previous.model());
    Optimized masked = pruning.apply(thawed.model().withTraining(true));
    PruningHook hook = (PruningHook) masked.hooks().get(0);
    Map<String, TensorProto> values = values(masked.model(), hook);
    OptimizationReport report = masked.reports().get(0);
    return previous.with(
        thawed.freezeAgain(previous.model(), values),
        List.of(),
        new OptimizationReport(name(), applied(masked, values), report.skipped()),
        UnaryOperator.identity());
  }

  /** The masked values of all weights that have a mask. */
  private static Map<String, TensorProto> values(GraphModel model, PruningHook hook) {
    GraphModel pruned = model.withValues(hook.masksAfterUpdate(model));
    ModelEditor editor = new ModelEditor(pruned);
    Map<String, TensorProto> values = new LinkedHashMap<>();
    for (String variable : pruned.variables().keySet()) {
      if (pruned.variables().containsKey(MaskNodes.maskVariable(variable))) {
        values.put(variable, Pruning.masked(editor, variable));
      }
    }
    return values;
  }

  private static List<Entry> applied(Optimized masked, Map<String, TensorProto> values) {
    Map<String, String> details = new LinkedHashMap<>();
    GraphModel model = masked.model();
    WeightedLayers found =
        WeightedLayers.find(model, new ModelEditor(model), LayerSelector.layers(), true, "pruning");
    for (Layer layer : found.layers()) {
      TensorProto value = values.get(layer.weight().variable().name());
      if (value != null) {
        details.put(layer.node().getName(), detail(TensorProtos.toFloats(value)));
      }
    }
    return masked.reports().get(0).applied().stream()
        .map(e -> new Entry(e.operation(), e.type(), details.getOrDefault(e.operation(), "")))
        .toList();
  }

  private static String detail(float[] weights) {
    int zeros = 0;
    for (float weight : weights) {
      zeros += weight == 0 ? 1 : 0;
    }
    return String.format(
        Locale.ROOT,
        "%d of %d weights are 0 (%.1f %%)",
        zeros,
        weights.length,
        100.0 * zeros / weights.length);
  }
}
