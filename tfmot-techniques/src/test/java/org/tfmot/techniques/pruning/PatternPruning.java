package org.tfmot.techniques.pruning;

import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** What a pattern leaves of a weight. */
final class PatternPruning {

  private static final String KERNEL = "w/kernel";

  private PatternPruning() {}

  /** One dense layer, {@code w/MatMul}, with these weights. */
  static GraphModel dense(float[][] weights) {
    Shape shape = Shape.of(weights.length, weights[0].length);
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, weights.length),
        (layers, x) ->
            layers
                .at("w", "MatMul")
                .linalg
                .matMul(x, layers.weight("w", "kernel", shape, flat(weights))));
  }

  static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }

  /** The weight of {@link #dense} after one update for each sparsity. */
  static float[] pruned(GraphModel model, SparsityPattern pattern, double... sparsities) {
    return pruned(model, KERNEL, pattern, sparsities);
  }

  /** A weight after one update for each sparsity. */
  static float[] pruned(
      GraphModel model, String variable, SparsityPattern pattern, double... sparsities) {
    Optimized optimized =
        Pruning.builder().schedule(steps(sparsities)).pattern(pattern).build().apply(model);
    try (LiveModel live = optimized.model().open()) {
      for (int step = 0; step < sparsities.length; step++) {
        optimized.hooks().get(0).beforeStep(live.session(), step);
      }
      return TensorProtos.toFloats(live.value(variable));
    }
  }

  private static PruningSchedule steps(double... sparsities) {
    return new PruningSchedule() {
      @Override
      public boolean updatesAt(long step) {
        return step < sparsities.length;
      }

      @Override
      public double sparsity(long step) {
        return sparsities[(int) step];
      }
    };
  }

  /** 1 where a value is not zero. */
  static float[] mask(float[] values) {
    float[] mask = new float[values.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = values[i] == 0 ? 0 : 1;
    }
    return mask;
  }
}
