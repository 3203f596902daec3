package org.tfmot.techniques.tflite;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Shapes as the kernels compute them: arithmetic that several families of operators share. */
final class Shapes {

  private Shapes() {}

  /** Returns the shape of an input unchanged. */
  static int @Nullable [] ofInput(OperatorCall call) {
    return call.shape(0);
  }

  /**
   * Broadcasts all inputs.
   *
   * @throws IllegalArgumentException if two of them do not fit
   */
  static int @Nullable [] broadcast(OperatorCall call) {
    int[] shape = new int[0];
    for (int i = 0; i < call.inputCount(); i++) {
      int[] other = call.shape(i);
      if (other == null) {
        return null;
      }
      shape = broadcast(call, shape, other);
    }
    return shape;
  }

  static int[] broadcast(OperatorCall call, int[] a, int[] b) {
    int rank = Math.max(a.length, b.length);
    int[] shape = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int left = i > a.length ? 1 : a[a.length - i];
      int right = i > b.length ? 1 : b[b.length - i];
      call.require(
          left == right || left == 1 || right == 1,
          "operands of the shapes %s and %s cannot be broadcast",
          Arrays.toString(a),
          Arrays.toString(b));
      shape[rank - i] = left == 1 ? right : left;
    }
    return shape;
  }

  /**
   * Requires a rank of at most so much where operands are broadcast: the kernels keep that many
   * sizes.
   */
  static void requireBroadcastRank(OperatorCall call, int most) {
    boolean differs = false;
    for (int i = 0; i < call.inputCount(); i++) {
      int[] shape = call.shape(i);
      differs |= shape == null || !Arrays.equals(shape, call.shape(0));
    }
    int rank = broadcastRank(call);
    call.require(rank >= 0, "how many dimensions an operand has is computed in the run");
    call.require(
        !differs || rank <= most, "broadcasts %d dimensions; at most %d are possible", rank, most);
  }

  /** Returns the rank of the first input. */
  static int rankOfInput(OperatorCall call) {
    return call.rank(0);
  }

  /** Returns the rank of all inputs broadcast, or -1 if one is not known. */
  static int broadcastRank(OperatorCall call) {
    int rank = 0;
    for (int i = 0; i < call.inputCount(); i++) {
      if (call.rank(i) < 0) {
        return -1;
      }
      rank = Math.max(rank, call.rank(i));
    }
    return rank;
  }

  /** Requires all inputs to have one shape, where the kernel does not broadcast. */
  static void requireEqual(OperatorCall call) {
    for (int i = 0; i < call.inputCount(); i++) {
      int[] shape = call.shape(i);
      call.require(
          shape != null && Arrays.equals(shape, call.shape(0)),
          "operands of the shapes %s and %s",
          Arrays.toString(call.shape(0)),
          Arrays.toString(shape));
    }
  }

  /** Requires an input to have so many dimensions. */
  static void requireRank(OperatorCall call, int input, int least, int most) {
    int rank = call.rank(input);
    call.require(
        rank >= least && rank <= most,
        "input %d has %d dimensions instead of %s",
        input,
        rank,
        least == most ? Integer.toString(least) : least + " to " + most);
  }

  /** Requires an input to have so many elements. */
  static void requireElements(OperatorCall call, int input, int count) {
    int[] shape = call.shape(input);
    call.require(
        shape == null || size(shape) == count,
        "input %d has the shape %s instead of %d elements",
        input,
        Arrays.toString(shape),
        count);
  }

  /** Returns the number of elements. */
  static long size(int[] shape) {
    long size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    return size;
  }

  /**
   * Returns an axis counted from the front.
   *
   * @throws IllegalArgumentException if a tensor of so many dimensions has no such axis
   */
  static int axis(OperatorCall call, long axis, int rank) {
    long front = axis < 0 ? axis + rank : axis;
    call.require(front >= 0 && front < rank, "axis %d of a tensor of %d dimensions", axis, rank);
    return (int) front;
  }
}
