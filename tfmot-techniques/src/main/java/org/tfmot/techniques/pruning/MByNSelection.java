package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.weights.WeightedLayers.Layer;

/**
 * In every block of a row the {@code zeros} smallest weights may go; of those, the smallest of the
 * whole tensor, as many as the sparsity asks for. A row is along the input dimension: of a matrix
 * {@code [in, out]} its columns, of a kernel {@code [height, width, in, out]} what belongs to one
 * place and one output.
 */
final class MByNSelection implements MaskSelection {

  private static final double TOLERANCE = 1e-6;

  private final int zeros;
  private final int block;

  MByNSelection(int zeros, int block) {
    this.zeros = zeros;
    this.block = block;
  }

  @Override
  public @Nullable String refusal(Layer layer) {
    String type = layer.node().getOp();
    int dimensions = layer.weight().variable().shape().numDimensions();
    boolean matrix = type.equals("MatMul") && dimensions == 2;
    boolean kernel = type.equals("Conv2D") && dimensions == 4;
    if (matrix && layer.node().getAttrOrDefault("transpose_b", Scores.FALSE).getB()) {
      return "its weight is transposed, and the pattern is along the input dimension";
    }
    return matrix || kernel
        ? null
        : "the pattern of %d zeros in every %d is for Conv2D and MatMul".formatted(zeros, block);
  }

  @Override
  public void check(PruningSchedule schedule) {
    OptionalDouble last = schedule.finalSparsity();
    double sparsity = (double) zeros / block;
    if (last.isPresent() && Math.abs(last.getAsDouble() - sparsity) > TOLERANCE) {
      throw new IllegalArgumentException(
          "%d zeros in every %d are a sparsity of %s, and %s ends at %s"
              .formatted(zeros, block, sparsity, schedule, last.getAsDouble()));
    }
  }

  @Override
  public Selected add(List<MaskNodes> masks, String sparsity) {
    List<String> best = new ArrayList<>();
    List<String> finished = new ArrayList<>();
    for (MaskNodes mask : masks) {
      Scores scores = mask.scores();
      int length = rowLength(mask.shape());
      int rows = mask.size() / length;
      int padded = Scores.quotient(length, block) * block;
      String score = mask.score();
      String inRows = scores.reshape(scores.transpose(score, toRows(mask.shape())), rows, length);
      String blocks =
          scores.reshape(scores.pad(inRows, 0, padded - length, Scores.BEHIND), -1, block);
      String stay = scores.largestOfEachRow(blocks, block - zeros, block);
      String cut = scores.corner(scores.reshape(stay, rows, padded), rows, length);
      String certain =
          scores.transpose(scores.reshape(cut, turned(mask.shape())), fromRows(mask.shape()));
      String count = scores.count(mask.size(), sparsity, rows * certainIn(length));
      String candidates = mask.flat(scores.promote(score, certain));
      best.add(mask.shaped("best", scores.largest(candidates, mask.size(), count)));
      finished.add(scores.atMost(List.of(mask.standing()), count));
    }
    return new Selected(best, finished);
  }

  /** How many weights of a row can never go. */
  private int certainIn(int length) {
    return length / block * (block - zeros) + Math.min(length % block, block - zeros);
  }

  static int rowLength(Shape shape) {
    return Math.toIntExact(shape.get(shape.numDimensions() - 2));
  }

  /** Output dimension first, input dimension last. */
  static int[] toRows(Shape shape) {
    return shape.numDimensions() == 2 ? new int[] {1, 0} : new int[] {3, 0, 1, 2};
  }

  private static int[] fromRows(Shape shape) {
    return shape.numDimensions() == 2 ? new int[] {1, 0} : new int[] {1, 2, 3, 0};
  }

  private static int[] turned(Shape shape) {
    int[] order = toRows(shape);
    int[] sizes = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      sizes[i] = Math.toIntExact(shape.get(order[i]));
    }
    return sizes;
  }
}
