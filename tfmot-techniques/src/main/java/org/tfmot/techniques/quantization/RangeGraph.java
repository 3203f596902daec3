package org.tfmot.techniques.quantization;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Reductions;
import org.tfmot.techniques.quantization.plan.ScoreBounds;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * The training graph as a {@link RangeObserver} sees it: one tensor whose range is wanted, and a
 * place for nodes and variables. Ranges are scalars, or vectors with an element for each channel if
 * the tensor is quantized per channel; all that is added here is of type float and of that shape.
 * Names are wishes, below the tensor's own.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class RangeGraph {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final String name;
  private final String tensor;
  private final @Nullable String bound;
  private final QuantizerSpec spec;
  private final boolean nonNegative;
  private final Shape weight;
  private final Map<String, String> made = new HashMap<>();
  private final Map<String, String> variables = new HashMap<>();

  private RangeGraph(
      ModelEditor model,
      String name,
      String tensor,
      @Nullable String bound,
      QuantizerSpec spec,
      boolean nonNegative,
      Shape weight) {
    this.model = model;
    this.name = name;
    this.tensor = tensor;
    this.bound = bound;
    this.spec = spec;
    this.nonNegative = nonNegative;
    this.weight = weight;
  }

  /**
   * The graph of an activation.
   *
   * @param bound the lowest value that its readers tell apart, or null, see {@link ScoreBounds}
   */
  static RangeGraph activation(
      ModelEditor model, ActivationPoint point, QuantizerSpec spec, @Nullable String bound) {
    return new RangeGraph(
        model,
        point.quantizer(),
        point.tensor().toString(),
        bound,
        spec,
        point.nonNegative(),
        Shape.unknown());
  }

  static RangeGraph weight(
      ModelEditor model, WeightPoint point, String tensor, QuantizerSpec spec, Shape shape) {
    return new RangeGraph(model, point.quantizer(), tensor, null, spec, false, shape);
  }

  /** The tensor whose range is wanted. */
  public String tensor() {
    return tensor;
  }

  /** In how many bits it is quantized. */
  public int bits() {
    return spec.bits();
  }

  /** Returns whether 0 is to be in the middle of the range. */
  public boolean symmetric() {
    return spec.symmetric();
  }

  /** Returns whether the lowest of the integers is left out. */
  public boolean narrow() {
    return spec.narrow();
  }

  /** The shape of the range's ends: a scalar, or a vector of channels. */
  public Shape shape() {
    return spec.perChannel() ? Shape.of(weight.get(weight.numDimensions() - 1)) : Shape.scalar();
  }

  /**
   * The lower end of the range that the tensor has in a step: its smallest value, or 0 if that is
   * smaller; in a symmetric range what lies opposite the largest one, if that is still smaller.
   */
  public String batchMin() {
    return spec.symmetric()
        ? symmetric("low", "Minimum", low(), high(), spec.lowOverHigh())
        : low();
  }

  /** The upper end of the range that the tensor has in a step; see {@link #batchMin}. */
  public String batchMax() {
    return spec.symmetric()
        ? symmetric("high", "Maximum", high(), low(), spec.highOverLow())
        : high();
  }

  /**
   * Adds a variable; it is part of every checkpoint.
   *
   * @param wish its name below the tensor's
   * @param initial what each of its elements starts with
   * @return the tensor with the value that it has before the step
   */
  public String variable(String wish, float initial) {
    float[] values = new float[(int) shape().size()];
    Arrays.fill(values, initial);
    String variable = name + "/" + wish;
    String read = model.addVariable(variable, TensorProtos.floats(shape(), values), false);
    // Also a variable that only the export reads stays in the graph.
    model.endpoints().operation(read);
    variables.put(read, variable);
    return read;
  }

  /**
   * Gives a variable another value in every training step.
   *
   * @param variable the result of {@link #variable}
   * @throws IllegalArgumentException if it is something else
   */
  public void assign(String variable, String value) {
    String known = variables.get(variable);
    if (known == null) {
      throw new IllegalArgumentException(
          "\"%s\" is no variable of the range of \"%s\"; assign to the result of variable(...)"
              .formatted(variable, tensor));
    }
    model.endpoints().update(model.addAssignment(known, value));
  }

  /** Adds a constant scalar; returns its tensor. */
  public String constant(String wish, float value) {
    return model.addConstant(name + "/" + wish, TensorProtos.scalar(value));
  }

  /** Adds an operation whose only attribute is {@code T}, float; returns its tensor. */
  public String add(String op, String wish, String... inputs) {
    return model.add(op, name + "/" + wish, FLOAT, inputs);
  }

  /** Adds an operation; returns its first tensor. */
  public String add(String op, String wish, Map<String, ?> attributes, String... inputs) {
    return model.add(op, name + "/" + wish, attributes, inputs);
  }

  /**
   * Adds the ends of a range for inference: those that would be exported or, as long as those are
   * of nothing, the step's.
   */
  void inInference(FakeQuantNodes.RangeTensors step, TrainedRange range) {
    String nothing =
        add("GreaterEqual", "inference/nothing", range.exportedMin(), range.exportedMax());
    String min = add("SelectV2", "inference/min", nothing, range.min(), range.exportedMin());
    String max = add("SelectV2", "inference/max", nothing, range.max(), range.exportedMax());
    // Training does not need them.
    model.endpoints().operation(min);
    model.endpoints().operation(max);
    model.inInference(step.min(), min);
    model.inInference(step.max(), max);
  }

  /**
   * Quantizes each step with the range of the step before, and the first one with all values that
   * the tensor has: for a range that depends on what the step computes of the quantized tensor.
   */
  TrainedRange ofStepBefore(TrainedRange range) {
    RangeGraph all =
        new RangeGraph(model, name + "/unbounded", tensor, null, spec, nonNegative, weight);
    String min = variable("before/min", MovingRanges.EMPTY_MIN);
    String max = variable("before/max", MovingRanges.EMPTY_MAX);
    assign(min, range.min());
    assign(max, range.max());
    String nothing = add("GreaterEqual", "before/nothing", min, max);
    return new TrainedRange(
        add("SelectV2", "before/low", nothing, all.batchMin(), min),
        add("SelectV2", "before/high", nothing, all.batchMax(), max),
        range.exportedMin(),
        range.exportedMax());
  }

  boolean ofWeight() {
    return !weight.isUnknown();
  }

  /** Returns a given range, made symmetric if the quantizer is. */
  Range fitting(Range range) {
    return spec.symmetric() ? spec.around(range) : range;
  }

  String constant(String wish, TensorProto value) {
    return model.addConstant(name + "/" + wish, value);
  }

  String zero() {
    return once("zero", () -> constant("zero", 0));
  }

  /** Makes 0 of a value so near to it that float cannot divide by it. */
  String snapped(String wish, String value, boolean upper) {
    String least = constant(wish + "/least", upper ? Range.NARROWEST : -Range.NARROWEST);
    String near = add(upper ? "Less" : "Greater", wish + "/narrow", value, least);
    return add("SelectV2", wish + "/snapped", near, zero(), value);
  }

  private String low() {
    return nonNegative
        ? zero()
        : once("batch_min", () -> add("Minimum", "batch_min", smallest(), zero()));
  }

  private String smallest() {
    String smallest = reduce("Min", "smallest");
    return bound == null ? smallest : add("Maximum", "bounded", smallest, bound);
  }

  private String high() {
    return once("batch_max", () -> add("Maximum", "batch_max", reduce("Max", "largest"), zero()));
  }

  private String symmetric(String wish, String op, String own, String opposite, float ratio) {
    return once(
        wish,
        () -> {
          String mirrored =
              add("Mul", wish + "/mirrored", opposite, constant(wish + "/ratio", ratio));
          return add(op, wish, own, mirrored);
        });
  }

  private String reduce(String op, String wish) {
    if (!spec.perChannel()) {
      return Reductions.all(model, op, name + "/" + wish, tensor);
    }
    int[] axes = new int[weight.numDimensions() - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    return Reductions.over(model, op, name + "/" + wish, tensor, axes);
  }

  private String once(String key, Supplier<String> maker) {
    String known = made.get(key);
    if (known == null) {
      known = maker.get();
      made.put(key, known);
    }
    return known;
  }
}
