package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how many of the allowed threads a run uses: all of them, or one where more would make it
 * slower.
 *
 * <p>XNNPACK's threads sleep between its kernels, of which a graph has several if other operators
 * stand between. To wake them costs some 25 us for each kernel, and to wait for them about 1 us for
 * each operator: a text classifier of one layer took 108 us on one thread and 350 us on two. So a
 * run gets one thread if its arithmetic is worth less than that.
 *
 * <p>The arithmetic is counted in multiply-adds, as a convolution in float does them: about 0.017
 * ns each on one core with AVX-512. A weight or an element that is read or written once takes as
 * long as 8 of them, integers 0.4 of float. The choice by these numbers is the faster one for 38 of
 * 40 measured files of perceptrons, convolutional networks and encoders; the other two lose 7 % at
 * most.
 */
final class ThreadChoice {

  /** Operators of which one alone is worth threads. */
  private static final Set<String> LAYERS =
      Set.of("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "CONV_3D");

  private static final double WAKING = 6e6;
  private static final double WAITING = 1.2e5;
  private static final double ELEMENT = 8;
  private static final double INTEGER = 0.4;

  private ThreadChoice() {}

  /**
   * Returns whether XNNPACK is faster with several threads.
   *
   * @param cost of what XNNPACK takes, as {@link #cost} adds up: layers that are left to the
   *     runtime's own kernels use none of its threads
   * @param kernels of XNNPACK in the graph
   * @param operators of the graph
   */
  static boolean pays(double cost, int kernels, int operators) {
    return cost > WAKING * kernels + WAITING * operators;
  }

  /**
   * Returns the number of threads for the runtime's own kernels beside XNNPACK's. Their pool is
   * another one, whose threads spin for up to 2 ms after each operation and take the processors
   * from XNNPACK's: an int8 encoder took 35 ms with two threads each, 14 ms with one. So they get
   * one thread, unless layers are left to them.
   *
   * @param threads that are allowed
   * @param rest the operators that XNNPACK does not take
   * @param delegated whether it takes any
   */
  static int ofKernels(int threads, List<String> rest, boolean delegated) {
    return delegated && rest.stream().noneMatch(LAYERS::contains) ? 1 : threads;
  }

  /** Returns what an operator costs, in multiply-adds; an unknown shape costs nothing. */
  static double cost(String operator, OperatorCall call, List<int @Nullable []> results) {
    double cost = 0;
    for (int[] result : results) {
      cost += size(result) * ELEMENT;
    }
    if (results.isEmpty() || call.inputCount() == 0 || !call.has(0)) {
      return cost;
    }
    cost +=
        switch (operator) {
          case "CONV_2D", "FULLY_CONNECTED" -> product(call, results.get(0), 0);
          case "CONV_3D" -> product(call, results.get(0), 4);
          case "DEPTHWISE_CONV_2D" -> product(call, results.get(0), 3);
          // Each element of the input meets the weights of its channel.
          case "TRANSPOSE_CONV" -> product(call, call.shape(2), 3);
          case "BATCH_MATMUL" -> size(results.get(0)) * last(call.shape(0));
          default -> 0;
        };
    return call.resultCount() > 0 && isInteger(call.result(0).type()) ? cost * INTEGER : cost;
  }

  /** Returns the cost of meeting elements with the weights of one channel, of reading these all. */
  private static double product(OperatorCall call, int @Nullable [] elements, int channels) {
    int[] weights = call.has(1) ? call.shape(1) : null;
    if (weights == null || weights.length <= channels || weights[channels] == 0) {
      return 0;
    }
    double all = size(weights);
    return size(elements) * all / weights[channels] + all * ELEMENT;
  }

  private static double last(int @Nullable [] shape) {
    return shape == null || shape.length == 0 ? 0 : shape[shape.length - 1];
  }

  private static double size(int @Nullable [] shape) {
    return shape == null ? 0 : Shapes.size(shape);
  }

  private static boolean isInteger(TensorType type) {
    return type != TensorType.FLOAT32;
  }
}
