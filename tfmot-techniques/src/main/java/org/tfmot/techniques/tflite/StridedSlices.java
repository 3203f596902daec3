package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code STRIDED_SLICE}: a range for each dimension, with masks for open ends, new dimensions, the
 * ellipsis and dimensions that go. The kernel clamps ranges itself; that it has as many as it reads
 * and that no stride is 0 is checked here.
 */
final class StridedSlices {

  private static final int MOST_DIMENSIONS = 5;

  private StridedSlices() {}

  /** One dimension of the input: what is taken of it. */
  private record Range(int from, int stride, int count, boolean goes) {}

  static int @Nullable [] shape(OperatorCall call) {
    Shapes.requireRank(call, 0, 1, MOST_DIMENSIONS);
    for (int input = 1; input <= 3; input++) {
      Shapes.requireRank(call, input, 1, 1);
      int[] first = call.shape(1);
      int[] size = call.shape(input);
      call.require(
          size != null && Arrays.equals(first, size), "begin, end and strides differ in length");
    }
    OperatorOptions options = call.options();
    int[] specs = call.shape(1);
    int rank = call.rank(0);
    call.require(
        specs != null
            && specs[0] <= MOST_DIMENSIONS
            && ((ellipsis(call) | options.getInt(3, 0)) & -(1 << specs[0])) == 0
            && specs[0] <= rank + added(call)
            && rank + added(call) <= MOST_DIMENSIONS
            && Integer.bitCount(ellipsis(call)) <= 1
            && !options.getBoolean(5),
        "%s ranges with the masks %s of %d dimensions",
        Arrays.toString(specs),
        List.of(options.getInt(2, 0), options.getInt(3, 0)),
        rank);
    long[] strides = Movements.positions(call, 3);
    call.require(
        Arrays.stream(strides).noneMatch(stride -> stride == 0),
        "strides %s",
        Arrays.toString(strides));
    List<Range> ranges = ranges(call, strides);
    return ranges == null
        ? null
        : Movements.toArray(
            ranges.stream().filter(range -> !range.goes()).map(Range::count).toList());
  }

  private static int ellipsis(OperatorCall call) {
    return call.options().getInt(2, 0);
  }

  /** Returns how many dimensions of size 1 come in; the ellipsis wins over a new one. */
  private static int added(OperatorCall call) {
    return Integer.bitCount(call.options().getInt(3, 0) & ~ellipsis(call));
  }

  /** Returns the number of dimensions of the result, also where ranges are computed. */
  static int rank(OperatorCall call) {
    int ranges = (1 << Movements.positions(call, 3).length) - 1;
    int going = call.options().getInt(4, 0) & ~ellipsis(call) & ~call.options().getInt(3, 0);
    return call.rank(0) + added(call) - Integer.bitCount(going & ranges);
  }

  /**
   * Returns the ranges of all dimensions, of those that come in too, or null if one is not known.
   * The ellipsis represents the dimensions that no other range is for.
   */
  private static @Nullable List<Range> ranges(OperatorCall call, long[] strides) {
    int[] input = call.shape(0);
    if (input == null) {
      return null;
    }
    int rest = input.length + added(call) - strides.length;
    List<Range> ranges = new ArrayList<>();
    int axis = 0;
    for (int i = 0; i < strides.length; i++) {
      if ((ellipsis(call) & (1 << i)) != 0) {
        for (int end = axis + rest + 1; axis < end; axis++) {
          ranges.add(all(input[axis]));
        }
      } else if ((call.options().getInt(3, 0) & (1 << i)) != 0) {
        ranges.add(all(1));
      } else {
        Range range = range(call, i, input[axis], strides[i]);
        if (range == null) {
          return null;
        }
        ranges.add(range);
        axis++;
      }
    }
    for (; axis < input.length; axis++) {
      ranges.add(all(input[axis]));
    }
    return ranges;
  }

  private static Range all(int size) {
    return new Range(0, 1, size, false);
  }

  /** Returns one range, of which a run may compute where it begins, or null. */
  private static @Nullable Range range(OperatorCall call, int position, int size, long stride) {
    long[] begin = call.values(1);
    long[] end = call.values(2);
    if (begin != null && end != null) {
      return range(call, position, size, begin[position], end[position], stride);
    }
    int bit = 1 << position;
    if ((call.options().getInt(4, 0) & bit) != 0) {
      return new Range(0, 1, 1, true);
    }
    boolean open = (call.options().getInt(0, 0) & call.options().getInt(1, 0) & bit) != 0;
    return open ? range(call, position, size, 0, 0, stride) : null;
  }

  private static Range range(
      OperatorCall call, int axis, int size, long begin, long end, long stride) {
    int bit = 1 << axis;
    boolean goes = (call.options().getInt(4, 0) & bit) != 0;
    boolean forward = stride > 0;
    long first = forward ? 0 : -1;
    long last = forward ? size : size - 1;
    long from = clamp(begin < 0 ? begin + size : begin, first, last);
    long to = clamp(end < 0 ? end + size : end, first, last);
    if ((call.options().getInt(0, 0) & bit) != 0) {
      from = forward ? 0 : size - 1;
    }
    if ((call.options().getInt(1, 0) & bit) != 0) {
      to = forward ? size : -1;
    }
    if (goes) {
      call.require(
          from >= 0 && from < size, "takes element %d of %d along dimension %d", begin, size, axis);
      return new Range((int) from, 1, 1, true);
    }
    long count = (long) Math.ceil((to - from) / (double) stride);
    return new Range((int) from, (int) stride, (int) Math.max(0, count), false);
  }

  private static long clamp(long value, long least, long most) {
    return Math.max(least, Math.min(most, value));
  }

  /** Returns the elements of a slice of a known vector. */
  static long @Nullable [] values(OperatorCall call) {
    long[] elements = call.rank(0) == 1 ? call.values(0) : null;
    boolean given = call.values(1) != null && call.values(2) != null;
    List<Range> ranges =
        elements == null || !given ? null : ranges(call, Movements.positions(call, 3));
    if (elements == null || ranges == null || ranges.size() != 1) {
      return null;
    }
    Range range = ranges.get(0);
    long[] slice = new long[range.count()];
    for (int i = 0; i < slice.length; i++) {
      slice[i] = elements[range.from() + i * range.stride()];
    }
    return slice;
  }
}
