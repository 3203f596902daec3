package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.weights.WeightedLayer;

/**
 * Exactly {@code max(round(blocks * (1 - sparsity)), 1)} blocks of each matrix stay. Those at its
 * right and lower edge may be smaller; a mean is that of the weights that a block has.
 */
final class BlockSelection implements MaskSelection {

  private final int rows;
  private final int columns;
  private final BlockPooling pooling;

  BlockSelection(int rows, int columns, BlockPooling pooling) {
    this.rows = rows;
    this.columns = columns;
    this.pooling = pooling;
  }

  @Override
  public @Nullable String refusal(WeightedLayer layer) {
    Shape shape = layer.variable().shape();
    if (shape.numDimensions() != 2) {
      return "its weight has %d dimensions, and blocks are of matrices"
          .formatted(shape.numDimensions());
    }
    return shape.get(0) > rows || shape.get(1) > columns
        ? null
        : "its weight of %d x %d is one block, and the last block of a weight stays"
            .formatted(shape.get(0), shape.get(1));
  }

  @Override
  public Selected add(List<MaskNodes> masks, String sparsity) {
    List<String> best = new ArrayList<>();
    List<String> finished = new ArrayList<>();
    for (MaskNodes mask : masks) {
      Scores scores = mask.scores();
      int height = Math.toIntExact(mask.shape().get(0));
      int width = Math.toIntExact(mask.shape().get(1));
      int down = Scores.quotient(height, rows);
      int across = Scores.quotient(width, columns);
      String pooled = pool(scores, mask.score(), height, width);
      String count = scores.count(down * across, sparsity, 1);
      String blocks = scores.largest(pooled, down * across, count);
      String wide = scores.tile(scores.reshape(blocks, down, 1, across, 1), 1, rows, 1, columns);
      String whole = scores.reshape(wide, down * rows, across * columns);
      String stay = scores.corner(whole, height, width);
      best.add(stay);
      finished.add(scores.atMost(List.of(mask.standing()), scores.ones(stay)));
    }
    return new Selected(best, finished);
  }

  /** The magnitudes of all blocks. TensorFlow's own padding would be on both sides. */
  private String pool(Scores scores, String matrix, int height, int width) {
    boolean mean = pooling == BlockPooling.AVG;
    int tall = Scores.quotient(height, rows) * rows;
    int wide = Scores.quotient(width, columns) * columns;
    boolean whole = tall == height && wide == width;
    String padded =
        whole ? matrix : scores.pad(matrix, tall - height, wide - width, mean ? 0 : Scores.BEHIND);
    String image = scores.reshape(padded, 1, tall, wide, 1);
    String pooled = scores.reshape(scores.pool(image, pooling.name(), rows, columns), -1);
    return mean && !whole ? scores.scale(pooled, enlargements(height, width)) : pooled;
  }

  /** The size of a block over that of the part inside the matrix. */
  private float[] enlargements(int height, int width) {
    int across = Scores.quotient(width, columns);
    float[] factors = new float[Scores.quotient(height, rows) * across];
    for (int i = 0; i < factors.length; i++) {
      int inRows = Math.min(rows, height - i / across * rows);
      int inColumns = Math.min(columns, width - i % across * columns);
      factors[i] = (float) rows * columns / (inRows * inColumns);
    }
    return factors;
  }
}
