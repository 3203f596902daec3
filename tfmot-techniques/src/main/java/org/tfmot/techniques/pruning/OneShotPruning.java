package org.tfmot.techniques.pruning;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.Pruning.Masked;
import org.tfmot.techniques.weights.ThawedModel;
import org.tfmot.techniques.weights.WeightedLayers;

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
   * @throws IllegalArgumentException if nothing in the model can be pruned, a selected weight is
   *     pruned already, or the scores come of training
   */
  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    GraphModel model = previous.model();
    boolean trainable = !WeightedLayers.names(model).isEmpty();
    ThawedModel thawed = trainable ? new ThawedModel(model, Map.of()) : ThawedModel.of(model);
    Masked masked = pruning.mask(Optimized.of(thawed.model().withTraining(true)));
    if (masked.trained()) {
      throw new IllegalArgumentException(
          "%s needs training, and pruning at once has none: use ImportanceScore.magnitude()"
              .formatted(pruning.name()));
    }
    Map<String, TensorProto> values = values(masked);
    OptimizationReport report = masked.optimized().reports().get(0);
    List<Entry> applied = report.applied().stream().map(e -> entry(e, masked, values)).toList();
    return previous.with(
        thawed.freezeAgain(model, values),
        List.of(),
        new OptimizationReport(name(), applied, report.skipped()),
        UnaryOperator.identity());
  }

  /** The masked values of all weights that this pruning has masked. */
  private static Map<String, TensorProto> values(Masked masked) {
    GraphModel model = masked.optimized().model();
    Set<String> weights = new LinkedHashSet<>(masked.weightOf().values());
    GraphModel pruned = model.withValues(masked.hook().masksAfterUpdate(model, weights));
    Map<String, TensorProto> values = new LinkedHashMap<>();
    for (String weight : weights) {
      values.put(weight, MaskNodes.maskedValue(pruned::variable, weight));
    }
    return values;
  }

  private static Entry entry(Entry entry, Masked masked, Map<String, TensorProto> values) {
    TensorProto value =
        Objects.requireNonNull(values.get(masked.weightOf().get(entry.operation())));
    return new Entry(entry.operation(), entry.type(), detail(TensorProtos.toFloats(value)));
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
