package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Quantization of a tensor in training: the way its range is found, bits, and symmetry. Whatever is
 * not set is as quantization-aware training has it by default: 8 bits; weights by their last value,
 * symmetric and narrow, per channel for a convolution; activations by a moving average, asymmetric
 * and wide, one range for each tensor. Immutable.
 *
 * <pre>{@code
 * Quantizer.lastValue().bits(4)
 * Quantizer.movingAverage(0.999).bits(16).symmetric(true)
 * }</pre>
 *
 * <p>The range is widened so that it contains 0, and a symmetric one so that 0 is in its middle:
 * {@code min = min(min, -max)} and {@code max = max(max, -min)} if it is narrow; one that is wide
 * has a step more below 0 than above it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class Quantizer {

  private final String name;
  private final @Nullable RangeObserver observer;
  private final @Nullable Integer bits;
  private final @Nullable Boolean symmetric;
  private final @Nullable Boolean narrow;
  private final @Nullable Boolean perChannel;

  private Quantizer(
      String name,
      @Nullable RangeObserver observer,
      @Nullable Integer bits,
      @Nullable Boolean symmetric,
      @Nullable Boolean narrow,
      @Nullable Boolean perChannel) {
    this.name = name;
    this.observer = observer;
    this.bits = bits;
    this.symmetric = symmetric;
    this.narrow = narrow;
    this.perChannel = perChannel;
  }

  private Quantizer(String name, @Nullable RangeObserver observer) {
    this(name, observer, null, null, null, null);
  }

  /** As quantization-aware training quantizes the tensor by default. */
  public static Quantizer standard() {
    return new Quantizer("standard", null);
  }

  /** The smallest and largest value that the tensor has in the step; the last step's is kept. */
  public static Quantizer lastValue() {
    return new Quantizer("last value", new LastValue());
  }

  /**
   * A moving average, {@code range += (1 - decay) * (batch - range)}, from the first batch's range
   * on.
   *
   * @throws IllegalArgumentException if the decay is not in [0, 1)
   */
  public static Quantizer movingAverage(double decay) {
    return new Quantizer("moving average", new MovingRanges(decay, null));
  }

  /**
   * A moving average that starts from a range. (TensorFlow Model Optimization Toolkit: decay 0.999,
   * from -6 to 6.)
   *
   * @throws IllegalArgumentException if the decay is not in [0, 1), or {@code min <= 0 <= max} does
   *     not hold
   */
  public static Quantizer movingAverage(double decay, double min, double max) {
    return new Quantizer(
        "moving average", new MovingRanges(decay, range("a moving average", min, max)));
  }

  /** The smallest and largest of all values that the tensor ever had. */
  public static Quantizer allValues() {
    return new Quantizer("all values", new AllValues());
  }

  /**
   * A range that never changes.
   *
   * @throws IllegalArgumentException unless {@code min <= 0 <= max}, {@code min < max} and both are
   *     finite
   */
  public static Quantizer fixed(double min, double max) {
    return new Quantizer("fixed", new FixedRange(fixedRange("a tensor", min, max)));
  }

  /** Returns a quantizer with a range observer of the caller's. */
  public static Quantizer of(RangeObserver observer) {
    Arguments.require(observer, "observer");
    return new Quantizer("own range observer", observer);
  }

  /**
   * In how many bits.
   *
   * @throws IllegalArgumentException if not from 2 to 16
   */
  public Quantizer bits(int value) {
    return bits("a tensor", value);
  }

  /** In how many bits; an error says what of. */
  Quantizer bits(String what, int value) {
    if (value < 2 || value > 16) {
      throw new IllegalArgumentException(
          "%s can be quantized in 2 to 16 bits, not in %d".formatted(what, value));
    }
    return new Quantizer(name, observer, value, symmetric, narrow, perChannel);
  }

  /**
   * Sets whether 0 is in the middle of the range. The runtime needs that of weights: conversion to
   * integers refuses others.
   */
  public Quantizer symmetric(boolean value) {
    return new Quantizer(name, observer, bits, value, narrow, perChannel);
  }

  /** Sets whether the lowest integer is left out: -127 to 127 instead of -128 to 127. */
  public Quantizer narrow(boolean value) {
    return new Quantizer(name, observer, bits, symmetric, value, perChannel);
  }

  /**
   * Sets whether each output channel, the last dimension, has its own range. For weights only. A
   * weight whose few distinct values all channels share, such as a clustered one, keeps one range.
   * Without, the exported weight has one range also where a batch norm is folded into it: that of
   * the folded weight.
   */
  public Quantizer perChannel(boolean value) {
    return new Quantizer(name, observer, bits, symmetric, narrow, value);
  }

  /** Returns the range observer; null for the default. */
  @Nullable RangeObserver observer() {
    return observer;
  }

  /** Returns this quantizer with the range observer of another. */
  Quantizer withObserverOf(Quantizer other) {
    return new Quantizer(other.name, other.observer, bits, symmetric, narrow, perChannel);
  }

  boolean isPerChannel() {
    return perChannel != null && perChannel;
  }

  /** Returns the spec of a tensor, with defaults where nothing is set. */
  QuantizerSpec spec(QuantizerSpec standard) {
    return new QuantizerSpec(
        bits == null ? standard.bits() : bits,
        symmetric == null ? standard.symmetric() : symmetric,
        narrow == null ? standard.narrow() : narrow,
        perChannel == null ? standard.perChannel() : perChannel);
  }

  /** Describes this quantizer for a tensor with the given default spec. */
  String describe(QuantizerSpec standard) {
    return name + ", " + spec(standard);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Returns whether all settings are the defaults. */
  boolean isStandard() {
    return observer == null
        && bits == null
        && symmetric == null
        && narrow == null
        && perChannel == null;
  }

  /** A range with a width; an error says what it is of. */
  static Range fixedRange(String what, double min, double max) {
    if (min >= max) {
      throw new IllegalArgumentException(
          "the range of %s must go from a smaller to a larger number, not from %s to %s"
              .formatted(what, min, max));
    }
    Range range = range(what, min, max);
    if (range.equals(Range.ZERO)) {
      throw new IllegalArgumentException(
          "the range of %s is too narrow for float: [%s, %s]".formatted(what, min, max));
    }
    return range;
  }

  private static Range range(String what, double min, double max) {
    if (!Float.isFinite((float) min) || !Float.isFinite((float) max)) {
      throw new IllegalArgumentException(
          "the range of %s must be finite in float, not [%s, %s]".formatted(what, min, max));
    }
    if (!(min <= 0 && max >= 0)) {
      throw new IllegalArgumentException(
          ("the range of %s must contain 0, since quantization has to represent it exactly: widen"
                  + " [%s, %s]")
              .formatted(what, min, max));
    }
    return new Range((float) min, (float) max);
  }
}
