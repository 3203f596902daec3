package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shapes that operators make that move elements, and what their kernels take for granted. */
final class Movements {

  // Of shapes and indices; longer tensors are data.
  /** Of tensors with more elements none are followed. */
  static final int MOST_VALUES = 64;

  private Movements() {}

  /**
   * Returns the elements of an operand that says where elements go. The kernels read it as it is,
   * so that it has to be known before.
   */
  static long[] positions(OperatorCall call, int input) {
    long[] values = call.values(input);
    if (values == null) {
      throw call.refusal(
          "input %d \"%s\" is computed in the run, where the kernel does not check it",
          input, call.input(input).name());
    }
    return values;
  }

  /** {@code RESHAPE}: the second operand, or the options, with one size left open at most. */
  static int @Nullable [] reshaped(OperatorCall call) {
    boolean given = call.has(1) && call.rank(1) == 1;
    long[] sizes =
        given
            ? call.values(1)
            : call.options().getInts(0).stream().mapToLong(Integer::longValue).toArray();
    int[] input = call.shape(0);
    if (sizes == null) {
      return null;
    }
    if (!given && sizes.length == 1 && sizes[0] == 0) {
      // The old form of a scalar.
      sizes = new long[0];
    }
    long elements = input == null ? -1 : Shapes.size(input);
    long known = 1;
    int open = -1;
    for (int i = 0; i < sizes.length; i++) {
      call.require(
          sizes[i] >= -1 && (sizes[i] >= 0 || open < 0), "the shape %s", Arrays.toString(sizes));
      if (sizes[i] < 0) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    int[] shape = Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    if (input == null && (open < 0 || known > 0)) {
      // The kernel compares the numbers of elements; an open size it divides by the others.
      return open < 0 ? shape : null;
    }
    if (open >= 0) {
      call.require(
          known > 0 && elements % known == 0,
          "%s does not become %s",
          Arrays.toString(input),
          Arrays.toString(sizes));
      shape[open] = (int) (elements / known);
    }
    call.require(
        Shapes.size(shape) == elements,
        "%s does not become %s",
        Arrays.toString(input),
        Arrays.toString(sizes));
    return shape;
  }

  static int reshapedRank(OperatorCall call) {
    if (!call.has(1) || call.rank(1) != 1) {
      return call.options().getInts(0).size();
    }
    int[] sizes = call.shape(1);
    return sizes == null ? -1 : sizes[0];
  }

  static int squeezedRank(OperatorCall call) {
    long named = call.options().getInts(0).stream().distinct().count();
    return named == 0 || call.rank(0) < named ? -1 : call.rank(0) - (int) named;
  }

  /** {@code SQUEEZE}: drops the dimensions that the options name, or all of size 1. */
  static int @Nullable [] squeezed(OperatorCall call) {
    int[] input = call.shape(0);
    if (input == null) {
      return null;
    }
    List<Integer> named = call.options().getInts(0);
    boolean[] dropped = new boolean[input.length];
    for (int dimension : named) {
      int axis = Shapes.axis(call, dimension, input.length);
      call.require(input[axis] == 1, "drops dimension %d of %s", axis, Arrays.toString(input));
      dropped[axis] = true;
    }
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < input.length; i++) {
      if (named.isEmpty() ? input[i] != 1 : !dropped[i]) {
        shape.add(input[i]);
      }
    }
    return toArray(shape);
  }

  /** {@code EXPAND_DIMS}. */
  static int @Nullable [] expanded(OperatorCall call) {
    Shapes.requireElements(call, 1, 1);
    int[] input = call.shape(0);
    long[] axis = call.values(1);
    if (input == null || axis == null) {
      return null;
    }
    int at = Shapes.axis(call, axis[0], input.length + 1);
    List<Integer> shape = toList(input);
    shape.add(at, 1);
    return toArray(shape);
  }

  /** {@code TRANSPOSE}: a permutation. */
  static int @Nullable [] transposed(OperatorCall call) {
    long[] permutation = positions(call, 1);
    int[] input = call.shape(0);
    int rank = input == null ? permutation.length : input.length;
    Shapes.requireRank(call, 1, 1, 1);
    boolean[] seen = new boolean[rank];
    int[] shape = new int[rank];
    for (int i = 0; i < permutation.length && permutation.length == rank; i++) {
      int axis = Shapes.axis(call, permutation[i], rank);
      seen[axis] = true;
      shape[i] = input == null ? 0 : input[axis];
    }
    for (boolean one : seen) {
      call.require(
          one, "%s is no permutation of %d dimensions", Arrays.toString(permutation), rank);
    }
    return input == null ? null : shape;
  }

  /** {@code SLICE}: a size of -1 is the rest. The kernel writes as much as the file declares. */
  static int @Nullable [] sliced(OperatorCall call) {
    long[] begin = positions(call, 1);
    long[] size = positions(call, 2);
    int[] input = call.shape(0);
    if (input == null) {
      throw call.refusal("slices a tensor whose shape is computed in the run");
    }
    Shapes.requireRank(call, 1, 1, 1);
    Shapes.requireRank(call, 2, 1, 1);
    boolean fits = begin.length == input.length && size.length == input.length;
    int[] shape = new int[input.length];
    for (int i = 0; fits && i < shape.length; i++) {
      long length = size[i] == -1 ? input[i] - begin[i] : size[i];
      fits = begin[i] >= 0 && length >= 0 && begin[i] + length <= input[i];
      shape[i] = (int) length;
    }
    call.require(
        fits,
        "%s elements from %s of %s",
        Arrays.toString(size),
        Arrays.toString(begin),
        Arrays.toString(input));
    requireDeclared(call, shape);
    return shape;
  }

  /** Requires the shape that the file declares for the result where it leaves nothing open. */
  private static void requireDeclared(OperatorCall call, int[] shape) {
    TfLiteTensor result = call.result(0);
    int[] declared = KnownTensors.declared(result);
    call.require(
        declared.length == 0
            || result.shapeSignature().hasUnknownDimension()
            || Arrays.equals(declared, shape),
        "the result is %s and the file declares %s",
        Arrays.toString(shape),
        Arrays.toString(declared));
  }

  /** {@code CONCATENATION}. */
  static int @Nullable [] joined(OperatorCall call) {
    int[] shape = null;
    int axis = 0;
    for (int i = 0; i < call.inputCount(); i++) {
      int[] next = call.shape(i);
      if (next == null) {
        return null;
      }
      if (shape == null) {
        shape = next.clone();
        axis = Shapes.axis(call, call.options().getInt(0, 0), shape.length);
        continue;
      }
      int length = next.length == shape.length ? next[axis] : 0;
      int[] expected = shape.clone();
      expected[axis] = length;
      call.require(
          Arrays.equals(expected, next) && (long) shape[axis] + length <= Integer.MAX_VALUE,
          "%s and %s are not joined along dimension %d",
          Arrays.toString(shape),
          Arrays.toString(next),
          axis);
      shape[axis] += length;
    }
    return shape;
  }

  /** Returns all elements of short integer tensors one after the other, if they are known. */
  static long @Nullable [] joinedValues(OperatorCall call) {
    long[] joined = new long[0];
    for (int i = 0; i < call.inputCount(); i++) {
      long[] next = call.rank(i) <= 1 ? call.values(i) : null;
      if (next == null || joined.length + next.length > MOST_VALUES) {
        return null;
      }
      int length = joined.length;
      joined = Arrays.copyOf(joined, length + next.length);
      System.arraycopy(next, 0, joined, length, next.length);
    }
    return joined;
  }

  /** {@code PACK}. */
  static int @Nullable [] packed(OperatorCall call) {
    int count = call.options().getInt(0, 0);
    ActivationRules.require(call, "values_count", count, call.inputCount(), call.inputCount());
    int[] first = call.shape(0);
    for (int i = 1; i < call.inputCount(); i++) {
      int[] next = call.shape(i);
      call.require(
          first == null || next == null || Arrays.equals(first, next),
          "packs %s and %s",
          Arrays.toString(first),
          Arrays.toString(next));
    }
    if (first == null) {
      return null;
    }
    List<Integer> shape = toList(first);
    shape.add(Shapes.axis(call, call.options().getInt(1, 0), first.length + 1), count);
    return toArray(shape);
  }

  /** {@code UNPACK}. */
  static List<int @Nullable []> unpacked(OperatorCall call) {
    int count = call.options().getInt(0, 0);
    ActivationRules.require(call, "num", count, call.resultCount(), call.resultCount());
    int[] input = call.shape(0);
    if (input == null) {
      return Collections.nCopies(count, null);
    }
    int axis = Shapes.axis(call, call.options().getInt(1, 0), input.length);
    call.require(
        input[axis] == count, "%d results of %s along %d", count, Arrays.toString(input), axis);
    List<Integer> shape = toList(input);
    shape.remove(axis);
    return Collections.nCopies(count, toArray(shape));
  }

  /** {@code SPLIT}: equal parts. */
  static List<int @Nullable []> split(OperatorCall call) {
    int count = call.options().getInt(0, 0);
    ActivationRules.require(call, "num_splits", count, call.resultCount(), call.resultCount());
    for (int i = 0; i < count; i++) {
      Scales.requireEqual(call, call.input(1), call.result(i));
    }
    long[] axes = positions(call, 0);
    int[] input = call.shape(1);
    call.require(axes.length == 1 && count > 0, "splits into %d along %d axes", count, axes.length);
    if (input == null) {
      return Collections.nCopies(count, null);
    }
    int axis = Shapes.axis(call, axes[0], input.length);
    call.require(
        input[axis] % count == 0, "%d parts of %s along %d", count, Arrays.toString(input), axis);
    int[] part = input.clone();
    part[axis] /= count;
    return Collections.nCopies(count, part);
  }

  /** {@code SPLIT_V}: parts of given sizes, of which one may be open. */
  static List<int @Nullable []> splitAt(OperatorCall call) {
    int count = call.resultCount();
    ActivationRules.require(call, "num_splits", call.options().getInt(0, 0), count, count);
    long[] sizes = positions(call, 1);
    long[] axes = positions(call, 2);
    int[] input = call.shape(0);
    if (input == null) {
      return Collections.nCopies(count, null);
    }
    call.require(axes.length == 1 && sizes.length == count, "%d sizes for %d", sizes.length, count);
    int axis = Shapes.axis(call, axes[0], input.length);
    long rest = input[axis] - Arrays.stream(sizes).filter(size -> size != -1).sum();
    long open = Arrays.stream(sizes).filter(size -> size == -1).count();
    call.require(
        Arrays.stream(sizes).allMatch(size -> size >= -1 && size <= input[axis])
            && (open == 0 ? rest == 0 : open == 1 && rest >= 0),
        "parts of %s of %s along %d",
        Arrays.toString(sizes),
        Arrays.toString(input),
        axis);
    List<int @Nullable []> shapes = new ArrayList<>();
    for (long size : sizes) {
      int[] part = input.clone();
      part[axis] = (int) (size == -1 ? rest : size);
      shapes.add(part);
    }
    return shapes;
  }

  /** {@code PAD}: how many elements come before and behind in each dimension. */
  static int @Nullable [] padded(OperatorCall call) {
    return padded(call, Integer.MAX_VALUE);
  }

  /** {@code MIRROR_PAD}: at most what can be mirrored. */
  static int @Nullable [] mirrored(OperatorCall call) {
    // REFLECT leaves out the border, SYMMETRIC repeats it.
    return padded(call, call.options().getByte(0) == 0 ? -1 : 0);
  }

  private static int @Nullable [] padded(OperatorCall call, int beyond) {
    long[] pads = positions(call, 1);
    int[] input = call.shape(0);
    int[] sizes = call.shape(1);
    int rank = input == null ? pads.length / 2 : input.length;
    call.require(
        sizes != null && sizes.length == 2 && sizes[0] == rank && sizes[1] == 2,
        "paddings of the shape %s for %d dimensions",
        Arrays.toString(sizes),
        rank);
    int[] shape = new int[rank];
    for (int i = 0; i < rank; i++) {
      long size = input == null ? Integer.MAX_VALUE : input[i];
      long most = beyond == Integer.MAX_VALUE ? beyond : size + beyond;
      long padded = size + pads[2 * i] + pads[2 * i + 1];
      call.require(
          pads[2 * i] >= 0
              && pads[2 * i + 1] >= 0
              && Math.max(pads[2 * i], pads[2 * i + 1]) <= Math.max(0, most)
              && (input == null || padded <= Integer.MAX_VALUE),
          "pads %s by %s",
          Arrays.toString(input),
          Arrays.toString(pads));
      shape[i] = (int) padded;
    }
    return input == null ? null : shape;
  }

  /** {@code TILE}. */
  static int @Nullable [] tiled(OperatorCall call) {
    long[] counts = positions(call, 1);
    int[] input = call.shape(0);
    if (input == null) {
      throw call.refusal("repeats a tensor whose shape is computed in the run");
    }
    Shapes.requireRank(call, 1, 1, 1);
    boolean fits = counts.length == input.length && input.length > 0;
    int[] shape = new int[input.length];
    for (int i = 0; fits && i < shape.length; i++) {
      fits = counts[i] >= 1 && counts[i] * Math.max(1, input[i]) <= Integer.MAX_VALUE;
      shape[i] = (int) (counts[i] * input[i]);
    }
    call.require(fits, "repeats %s by %s", Arrays.toString(input), Arrays.toString(counts));
    return shape;
  }

  /** {@code BROADCAST_TO}. */
  static int @Nullable [] broadcastTo(OperatorCall call) {
    int[] shape = Products.shapeFrom(call, 1);
    int[] input = call.shape(0);
    if (shape == null || input == null) {
      positions(call, 1);
      throw call.refusal("broadcasts a tensor whose shape is computed in the run");
    }
    call.require(
        shape.length <= 8 && Arrays.equals(Shapes.broadcast(call, input, shape), shape),
        "%s is not broadcast to %s",
        Arrays.toString(input),
        Arrays.toString(shape));
    return shape;
  }

  /** {@code REVERSE_V2}: axes in range, each once. */
  static void reversed(OperatorCall call) {
    long[] axes = positions(call, 1);
    int[] input = call.shape(0);
    Shapes.requireRank(call, 1, 1, 1);
    if (input != null) {
      requireDistinctAxes(call, axes, input.length);
    }
  }

  /** Returns which of the dimensions axes name. */
  static boolean[] requireDistinctAxes(OperatorCall call, long[] axes, int rank) {
    boolean[] named = new boolean[rank];
    for (long axis : axes) {
      int at = Shapes.axis(call, axis, rank);
      call.require(!named[at], "the axes %s name one twice", Arrays.toString(axes));
      named[at] = true;
    }
    return named;
  }

  static long @Nullable [] shapeValues(OperatorCall call) {
    int[] shape = call.shape(0);
    return shape == null ? null : Arrays.stream(shape).asLongStream().toArray();
  }

  private static List<Integer> toList(int[] shape) {
    return new ArrayList<>(Arrays.stream(shape).boxed().toList());
  }

  static int[] toArray(List<Integer> shape) {
    return shape.stream().mapToInt(Integer::intValue).toArray();
  }
}
