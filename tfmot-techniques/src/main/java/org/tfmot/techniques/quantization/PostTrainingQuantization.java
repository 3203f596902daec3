package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.tensorflow.Tensor;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.EinsumOperands;
import org.tfmot.techniques.quantization.plan.Lowering;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.QuantizationPlanner;
import org.tfmot.techniques.quantization.plan.Quotients;
import org.tfmot.techniques.quantization.plan.Sums;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Quantization of a trained model without further training, to 8 bits or, with {@link
 * Builder#activationBits}, to 16 bits for activations and 8 for weights: the ranges of the
 * activations come from the values that samples of real input bring forth, from the smallest to the
 * largest or by another {@link CalibrationMethod}; those of the weights are their own. Batch norm
 * is folded. The result is a graph with simulated quantization, as {@link
 * QuantizationAwareTraining} leaves it, that can be evaluated and converted.
 *
 * <pre>{@code
 * GraphModel quantized =
 *     PostTrainingQuantization.builder().build().calibrate(model, samples).model();
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class PostTrainingQuantization {

  private static final String NAME = "post-training quantization";

  private static final int WIDE = 16;

  /** A range around 0 is twice as wide, and has to be one of float. */
  private static final float LARGEST_END = Float.MAX_VALUE / 4;

  private final LayerSelector selector;
  private final CalibrationMethod method;
  private final int activationBits;

  private PostTrainingQuantization(Builder builder) {
    selector = builder.selector;
    method = builder.method;
    activationBits = builder.activationBits;
  }

  /** Starts a configuration. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A quantized model.
   *
   * @param model for inference, with simulated quantization
   * @param report which operations were quantized, which stay in float and why, and warnings about
   *     ranges that are likely to cost accuracy
   */
  public record Calibrated(GraphModel model, OptimizationReport report) {}

  /**
   * Quantizes a model.
   *
   * @param model in training or in inference mode; it stays as it is
   * @param samples feeds, a tensor for each input of the model by name, with any number of examples
   *     in each; they are read once, one at a time, and remain the caller's to close. Some hundred
   *     examples of the training data are usual.
   * @throws IllegalArgumentException if there are no samples, a sample lacks an input, a tensor of
   *     the model has a value that is not finite, a batch norm normalizes with the statistics of
   *     the batch in a model that is not said to be in training mode, or the model is quantized
   *     already or has nothing to quantize
   */
  public Calibrated calibrate(
      GraphModel model, Iterable<? extends Map<String, ? extends Tensor>> samples) {
    Arguments.require(model, "model");
    Arguments.require(samples, "samples");
    Quotients quotients =
        Quotients.asProducts(EinsumOperands.weightsLast(Sums.inPairs(model.toFloat32())), selector);
    GraphModel products = quotients.model();
    GraphModel inference = products.toInference();
    boolean wide = activationBits == WIDE;
    LayerSelector layers = quotients.asGiven(selector);
    QuantizationPlan plan = QuantizationPlanner.plan(products, layers, wide);
    GraphModel folded = Lowering.lower(inference, plan).model();
    Observed observed = Observed.of(folded, plan, wide, method, samples);
    GraphModel quantized = quantized(folded, plan, observed);
    Map<String, String> left = FloatOperations.find(plan, quantized, observed, wide);
    if (!left.isEmpty()) {
      QuantizationPlan other = QuantizationPlanner.plan(products, layers, wide, left);
      if (observed.covers(other)) {
        plan = other;
        quantized = quantized(Lowering.lower(inference, plan).model(), plan, observed);
      }
    }
    List<Warning> warnings = new ArrayList<>();
    warnings.addAll(RangeWarnings.find(plan, quantized, observed.tensors()));
    warnings.addAll(FloatOperations.warnings(plan, quantized, observed, wide));
    return new Calibrated(
        quantized,
        new OptimizationReport(
            NAME, quotients.asGiven(plan.applied()), quotients.asGiven(plan.skipped()), warnings));
  }

  private GraphModel quantized(GraphModel folded, QuantizationPlan plan, Observed observed) {
    QuantizerAssignment assignment =
        activationBits == WIDE ? QuantizerAssignment.WIDE : QuantizerAssignment.STANDARD;
    Map<TensorRef, Range> results = new HashMap<>();
    observed
        .tensors()
        .forEach((tensor, seen) -> results.put(tensor, range(assignment, seen.range())));
    return FakeQuantExport.insert(
        folded,
        plan,
        assignment,
        Map.of(),
        tensor -> Objects.requireNonNull(results.get(tensor)),
        results);
  }

  private static Range range(QuantizerAssignment assignment, Range calibrated) {
    if (!assignment.activation().symmetric()) {
      return calibrated;
    }
    Range finite =
        new Range(
            Math.max(calibrated.min(), -LARGEST_END), Math.min(calibrated.max(), LARGEST_END));
    return assignment.activation().around(finite);
  }

  /** Collects a configuration. */
  public static final class Builder {
    private LayerSelector selector = LayerSelector.layers();
    private CalibrationMethod method = CalibrationMethod.minMax();
    private int activationBits = 8;

    private Builder() {}

    /** Sets how ranges are chosen from the samples; {@link CalibrationMethod#minMax} by default. */
    public Builder calibration(CalibrationMethod value) {
      Arguments.require(value, "value");
      method = value;
      return this;
    }

    /**
     * Sets the bits of activations: 8, the default, or 16, symmetric around 0, for {@code
     * TfLiteConverter.int16x8()}. Weights have 8 bits in either case. A range of 16 bits has room
     * for outliers: {@link CalibrationMethod#minMax} is right for it, and methods that weigh the
     * step of 8 bits against what they cut off are refused.
     *
     * @throws IllegalArgumentException if it is another number
     */
    public Builder activationBits(int bits) {
      if (bits != 8 && bits != WIDE) {
        throw new IllegalArgumentException("activations have 8 or 16 bits, not " + bits);
      }
      activationBits = bits;
      return this;
    }

    /** Selects the operations to quantize; all by default. */
    public Builder select(LayerSelector layers) {
      Arguments.require(layers, "layers");
      selector = layers;
      return this;
    }

    /**
     * The quantization.
     *
     * @throws IllegalArgumentException if activations have 16 bits but the ranges are to be
     *     searched for 8
     */
    public PostTrainingQuantization build() {
      if (activationBits == WIDE && method.isForEightBits()) {
        throw new IllegalArgumentException(
            "calibration by %s chooses ranges for 8 bits: with 16 use minMax, movingAverage or"
                    .formatted(method)
                + " percentile");
      }
      return new PostTrainingQuantization(this);
    }
  }
}
