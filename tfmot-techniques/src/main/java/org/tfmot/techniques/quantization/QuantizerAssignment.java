package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/** The quantizer of each point of a plan. */
final class QuantizerAssignment {

  /** The default quantizer for every point. */
  static final QuantizerAssignment STANDARD =
      new QuantizerAssignment(new MovingRanges(0.99, null), Map.of(), Map.of());

  /** Activations of 16 bits, and weights of 8. */
  static final QuantizerAssignment WIDE =
      new QuantizerAssignment(
          QuantizerSpec.WIDE_ACTIVATION, new MovingRanges(0.99, null), Map.of(), Map.of());

  /**
   * Range that the runtime's 16-bit kernels demand of sigmoid, tanh and softmax: steps of 2^-15.
   */
  private static final Range WIDE_FIXED = new Range(-32767 / 32768f, 32767 / 32768f);

  private final QuantizerSpec activation;
  private final RangeObserver moving;
  private final Map<String, Quantizer> quantizers;
  private final Map<String, String> notes;

  /**
   * Assigns quantizers.
   *
   * @param moving observes activations by default
   * @param quantizers overrides by the name of the fake-quantization node
   * @param notes what the report says about overridden operations, by name
   */
  QuantizerAssignment(
      RangeObserver moving, Map<String, Quantizer> quantizers, Map<String, String> notes) {
    this(QuantizerSpec.ACTIVATION, moving, quantizers, notes);
  }

  private QuantizerAssignment(
      QuantizerSpec activation,
      RangeObserver moving,
      Map<String, Quantizer> quantizers,
      Map<String, String> notes) {
    this.activation = activation;
    this.moving = moving;
    this.quantizers = new HashMap<>(quantizers);
    this.notes = new LinkedHashMap<>(notes);
  }

  /** Returns the spec of activations by default. */
  QuantizerSpec activation() {
    return activation;
  }

  /** Returns the spec of a weight. */
  QuantizerSpec spec(WeightPoint point) {
    QuantizerSpec standard = standard(point);
    Quantizer quantizer = quantizers.get(point.quantizer());
    return quantizer == null ? standard : quantizer.spec(standard);
  }

  /** Returns the spec of an activation: that of the point whose range it shares. */
  QuantizerSpec spec(ActivationPoint point) {
    Quantizer quantizer = quantizers.get(ActivationPoint.quantizer(point.rangeOf()));
    return quantizer == null ? activation : quantizer.spec(activation);
  }

  /** A constant that meets an activation as its equal is quantized like one. */
  private QuantizerSpec standard(WeightPoint point) {
    boolean wide = activation.bits() > QuantizerSpec.BITS;
    return wide && point.isOperand() ? activation : point.spec();
  }

  /** The range that the runtime demands of an activation, whatever was chosen, or null if none. */
  @Nullable Range fixed(ActivationPoint point) {
    if (point.fixed() == null) {
      return null;
    }
    if (!spec(point).equals(QuantizerSpec.WIDE_ACTIVATION)) {
      return point.fixed();
    }
    boolean inOne = point.fixed().min() >= -1;
    return inOne ? WIDE_FIXED : QuantizerSpec.WIDE_ACTIVATION.around(point.fixed());
  }

  /** Returns whether a weight is quantized otherwise than by default, its bits aside. */
  boolean isOwn(WeightPoint point) {
    Quantizer quantizer = quantizers.get(point.quantizer());
    return quantizer != null
        && !(LastValue.is(quantizer.observer())
            && spec(point).withBits(QuantizerSpec.BITS).equals(point.spec()));
  }

  /** Returns whether an activation's quantizer is overridden. */
  boolean isOwn(ActivationPoint point) {
    return quantizers.containsKey(ActivationPoint.quantizer(point.rangeOf()));
  }

  RangeObserver observer(WeightPoint point) {
    Quantizer quantizer = quantizers.get(point.quantizer());
    RangeObserver observer = quantizer == null ? null : quantizer.observer();
    return Objects.requireNonNullElseGet(observer, LastValue::new);
  }

  RangeObserver observer(ActivationPoint point) {
    Quantizer quantizer = quantizers.get(ActivationPoint.quantizer(point.rangeOf()));
    RangeObserver observer = quantizer == null ? null : quantizer.observer();
    return Objects.requireNonNullElse(observer, moving);
  }

  /** Returns the observer of ranges that quantize nothing. */
  RangeObserver observer() {
    return moving;
  }

  /** The report's entries with what was configured. */
  List<Entry> noted(List<Entry> entries) {
    return entries.stream()
        .map(
            entry -> {
              String note = notes.get(entry.operation());
              return note == null
                  ? entry
                  : new Entry(
                      entry.operation(), entry.type(), entry.detail() + "; configured: " + note);
            })
        .toList();
  }
}
