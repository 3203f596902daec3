package org.tfmot.techniques.summary;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Statistics of a model's weights, layer by layer: after training, or every so many steps of it.
 *
 * <pre>{@code
 * System.out.println(WeightSummary.of(optimized.model()));
 *
 * optimized = WeightSummary.every(100, (summary, step) -> log(step, summary.layers())).apply(optimized);
 * }</pre>
 *
 * @param layers those whose weight the techniques know, in the graph's order; a weight that several
 *     read is there several times, but once in {@link #count} and {@link #zeros}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record WeightSummary(List<LayerSummary> layers) {

  /** Copies the list. */
  public WeightSummary {
    layers = List.copyOf(layers);
  }

  /**
   * The summary of a model in any state: before, in or after training, stripped, stripped and
   * frozen.
   *
   * @param model a model, such as {@code optimized.model()}, a snapshot, or a loaded one
   * @throws IllegalArgumentException if the model was frozen without being stripped before
   */
  public static WeightSummary of(GraphModel model) {
    Arguments.require(model, "model");
    WatchedWeights weights = WatchedWeights.of(model);
    return weights.summary(StaticTensors.evaluate(model, weights.tensors()));
  }

  /**
   * Adds a hook that hands out a summary after every so many steps, and after the last. It changes
   * nothing in the model. Apply it last: it watches what layers read when it is applied.
   *
   * @param steps how many
   * @param listener is given the summary and the number of steps done
   * @throws IllegalArgumentException if the number is not positive
   */
  public static Technique every(long steps, ObjLongConsumer<WeightSummary> listener) {
    Arguments.require(listener, "listener");
    if (steps < 1) {
      throw new IllegalArgumentException(
          "the steps between two summaries must be positive, not " + steps);
    }
    return new WatchingWeights(steps, listener);
  }

  /** Returns the number of weights; one that several layers read counts once. */
  public long count() {
    return distinctWeights().stream().mapToLong(LayerSummary::count).sum();
  }

  /** Returns the number of weights that are 0; one that several layers read counts once. */
  public long zeros() {
    return distinctWeights().stream().mapToLong(LayerSummary::zeros).sum();
  }

  private Collection<LayerSummary> distinctWeights() {
    Map<String, LayerSummary> byWeight = new LinkedHashMap<>();
    layers.forEach(layer -> byWeight.putIfAbsent(layer.weight(), layer));
    return byWeight.values();
  }

  /**
   * Returns a readable table with a row for each layer. Its columns are the layer's operation, the
   * weight's shape, how many weights it has, how many of them are 0, and their share, the smallest
   * magnitude of the others (the pruning threshold), how many distinct values there are, and at
   * most in an output channel (of a clustered weight: centroids). The last row counts a weight that
   * several layers read once.
   */
  @Override
  public String toString() {
    List<String[]> rows = new ArrayList<>();
    rows.add(
        new String[] {
          "layer",
          "shape",
          "weights",
          "zeros",
          "sparsity",
          "smallest non-zero",
          "distinct values",
          "most in a channel"
        });
    for (LayerSummary layer : layers) {
      rows.add(
          row(
              layer.operation(),
              layer.shape().toString(),
              layer.count(),
              layer.zeros(),
              String.format(Locale.ROOT, "%.3g", layer.threshold()),
              layer.distinct(),
              layer.distinctOfChannel()));
    }
    rows.add(row("all", "", count(), zeros(), "", "", ""));
    return table(rows);
  }

  private static String[] row(
      String layer, String shape, long count, long zeros, String threshold, Object... values) {
    return new String[] {
      layer,
      shape,
      Long.toString(count),
      Long.toString(zeros),
      String.format(Locale.ROOT, "%.1f %%", count == 0 ? 0 : 100.0 * zeros / count),
      threshold,
      values[0].toString(),
      values[1].toString()
    };
  }

  /** Names to the left, numbers to the right. */
  private static String table(List<String[]> rows) {
    int[] widths = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String format = "%" + (i < 2 ? "-" : "") + widths[i] + "s  ";
        line.append(String.format(Locale.ROOT, format, row[i]));
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join(System.lineSeparator(), lines);
  }
}
