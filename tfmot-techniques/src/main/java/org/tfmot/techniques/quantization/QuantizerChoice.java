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
import org.tfmot.techniques.quantization.ranges.Grid;
import org.tfmot.techniques.quantization.ranges.Range;

/** The quantizer of each point of a plan. */
final class QuantizerChoice {

  /** Every point as it is by default. */
  static final QuantizerChoice STANDARD =
      new QuantizerChoice(new MovingRanges(0.99, null), Map.of(), Map.of());

  /** Activations of 16 bits, and weights of 8. */
  static final QuantizerChoice WIDE =
      new QuantizerChoice(Grid.WIDE_ACTIVATION, new MovingRanges(0.99, null), Map.of(), Map.of());

  /**
   * Range that the runtime's 16-bit kernels demand of sigmoid, tanh and softmax: steps of 2^-15.
   */
  private static final Range WIDE_FIXED = new Range(-32767 / 32768f, 32767 / 32768f);

  private final Grid activation;
  private final RangeFinder moving;
  private final Map<String, Quantizer> quantizers;
  private final Map<String, String> notes;

  /**
   * A choice.
   *
   * @param moving how the range of an activation is found by default
   * @param quantizers by the names of fake-quantization nodes; the default for others
   * @param notes what the report says of the operations that were configured
   */
  QuantizerChoice(
      RangeFinder moving, Map<String, Quantizer> quantizers, Map<String, String> notes) {
    this(Grid.ACTIVATION, moving, quantizers, notes);
  }

  private QuantizerChoice(
      Grid activation,
      RangeFinder moving,
      Map<String, Quantizer> quantizers,
      Map<String, String> notes) {
    this.activation = activation;
    this.moving = moving;
    this.quantizers = new HashMap<>(quantizers);
    this.notes = new LinkedHashMap<>(notes);
  }

  /** The grid of an activation for which nothing else was said. */
  Grid activation() {
    return activation;
  }

  /** The grid of a weight. */
  Grid grid(WeightPoint point) {
    Grid standard = standard(point);
    Quantizer quantizer = quantizers.get(point.quantizer());
    return quantizer == null ? standard : quantizer.grid(standard);
  }

  /** The grid of an activation: that of the one whose range it has. */
  Grid grid(ActivationPoint point) {
    Quantizer quantizer = quantizers.get(ActivationPoint.quantizer(point.rangeOf()));
    return quantizer == null ? activation : quantizer.grid(activation);
  }

  /** A constant that meets an activation as its equal is quantized like one. */
  private Grid standard(WeightPoint point) {
    boolean wide = activation.bits() > Grid.BITS;
    return wide && point.isOperand() ? activation : point.grid();
  }

  /** The range that the runtime demands of an activation, whatever was chosen, or null if none. */
  @Nullable Range fixed(ActivationPoint point) {
    if (point.fixed() == null) {
      return null;
    }
    if (!grid(point).equals(Grid.WIDE_ACTIVATION)) {
      return point.fixed();
    }
    boolean inOne = point.fixed().min() >= -1;
    return inOne ? WIDE_FIXED : Grid.WIDE_ACTIVATION.around(point.fixed());
  }

  /**
   * Returns whether a weight's range is found in another way than by default; its bits do not
   * matter.
   */
  boolean isOwn(WeightPoint point) {
    Quantizer quantizer = quantizers.get(point.quantizer());
    return quantizer != null
        && !(LastValue.is(quantizer.finder())
            && grid(point).withBits(Grid.BITS).equals(point.grid()));
  }

  /** Returns whether something was said of an activation's quantizer. */
  boolean isOwn(ActivationPoint point) {
    return quantizers.containsKey(ActivationPoint.quantizer(point.rangeOf()));
  }

  RangeFinder finder(WeightPoint point) {
    Quantizer quantizer = quantizers.get(point.quantizer());
    RangeFinder finder = quantizer == null ? null : quantizer.finder();
    return Objects.requireNonNullElseGet(finder, LastValue::new);
  }

  RangeFinder finder(ActivationPoint point) {
    Quantizer quantizer = quantizers.get(ActivationPoint.quantizer(point.rangeOf()));
    RangeFinder finder = quantizer == null ? null : quantizer.finder();
    return Objects.requireNonNullElse(finder, moving);
  }

  /** Returns what follows a range that nothing is quantized with. */
  RangeFinder observer() {
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
