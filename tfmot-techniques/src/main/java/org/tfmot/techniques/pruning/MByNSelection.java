package org.tfmot.techniques.pruning;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.weights.WeightedLayer;

/**
 * M by N sparsity. In every block of a row the {@code zeros} smallest weights may go; of those, the
 * smallest of the whole tensor, as many as the sparsity asks for. A row is along the input
 * dimension: of a matrix {@code [in, out]} a column, of a kernel {@code [height, width, in, out]}
 * what belongs to one place and one output.
 */
final class MByNSelection implements MaskSelection {

  private static final double TOLERANCE = 1e-6;

  private static final Set<String> OPERATIONS = Set.of("Conv2D", "MatMul");

  private final int zeros;
  private final int block;

  MByNSelection(int zeros, int block) {
    this.zeros = zeros;
    this.block = block;
  }

  @Override
  public @Nullable String refusal(WeightedLayer layer) {
    if (!OPERATIONS.contains(layer.type())) {
      return "the pattern of %d zeros in every %d is for Conv2D and MatMul".formatted(zeros, block);
    }
    return layer.inputDimension().isPresent()
        ? null
        : "along which dimension of its weight the inputs run is not known, or not the same for all"
            + " that read it";
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
      int along = mask.inputDimension();
      int length = Math.toIntExact(mask.shape().get(along));
      int rows = mask.size() / length;
      int padded = Scores.quotient(length, block) * block;
      String score = mask.score();
      int[] toRows = toRows(mask.shape(), along);
      String inRows = scores.reshape(scores.transpose(score, toRows), rows, length);
      String blocks =
          scores.reshape(scores.pad(inRows, 0, padded - length, Scores.BEHIND), -1, block);
      String stay = scores.largestOfEachRow(blocks, block - zeros, block);
      String cut = scores.corner(scores.reshape(stay, rows, padded), rows, length);
      String certain =
          scores.transpose(scores.reshape(cut, turned(mask.shape(), toRows)), inverse(toRows));
      String count = scores.count(mask.size(), sparsity, rows * certainIn(length));
      String candidates = mask.flat(scores.promote(score, certain));
      best.add(mask.shaped("best", scores.largest(candidates, mask.size(), count)));
      finished.add(scores.atMost(List.of(mask.standing()), count));
    }
    return new Selected(best, finished);
  }

  /** Returns the number of weights of a row that always stay. */
  private int certainIn(int length) {
    return length / block * (block - zeros) + Math.min(length % block, block - zeros);
  }

  /** All other dimensions in their order, and the one with the rows last. */
  static int[] toRows(Shape shape, int along) {
    IntStream others = IntStream.range(0, shape.numDimensions()).filter(i -> i != along);
    return IntStream.concat(others, IntStream.of(along)).toArray();
  }

  private static int[] inverse(int[] order) {
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return inverse;
  }

  private static int[] turned(Shape shape, int[] order) {
    return IntStream.of(order).map(i -> Math.toIntExact(shape.get(i))).toArray();
  }
}
