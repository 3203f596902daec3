package org.tfmot.techniques.quantization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.Calibration.Observation;
import org.tfmot.techniques.quantization.FakeQuantInsertion.Inserted;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.BatchNormFolding;
import org.tfmot.techniques.quantization.plan.EinsumOperands;
import org.tfmot.techniques.quantization.plan.Lowering;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.QuantizationPlanner;
import org.tfmot.techniques.quantization.plan.Quotients;
import org.tfmot.techniques.quantization.plan.Sums;
import org.tfmot.techniques.quantization.ranges.ChannelRanges;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Quantization-aware training (Jacob et al., 2018): while the model trains, weights and activations
 * are rounded to the values that the integer model will have; gradients pass straight through the
 * rounding. In 8 bits, unless {@link Builder#layer} says otherwise.
 *
 * <ul>
 *   <li>Weights: symmetric, narrow range [-127, 127], from their current magnitude; a scale for
 *       each output channel of a convolution, one for a matrix: TensorFlow Lite's converter rejects
 *       a matrix product whose weight is fake-quantized per channel, since it stores the matrix
 *       transposed and cannot move the scales along.
 *   <li>Activations: asymmetric, a scale for each tensor, from a moving range that the first batch
 *       starts. Inputs and outputs of the model are among them.
 *   <li>Batch norm is folded: training normalizes with the batch's statistics, and since a
 *       symmetric scale per channel moves with any factor per channel, quantizing a convolution's
 *       weight before the factor equals quantizing the folded weight, up to float's rounding and to
 *       channels that nearly vanish. (Behind a matrix, which has one scale, it is close only.)
 *       {@link Optimized#strip} folds for good.
 *   <li>Functions that the runtime computes with tables, such as softmax, have the output range
 *       that it demands; what is concatenated has one range.
 *   <li>If any activation has more than 8 bits, the model is one for {@code int16x8()}: what the
 *       runtime computes in 8 bits only stays in float.
 *   <li>Operations that quantization does not know stay in float and are named in the report.
 *   <li>What inference takes out, such as dropout, is not quantized.
 *   <li>A model of mixed precision trains on in float32 ({@link GraphModel#toFloat32}).
 * </ul>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class QuantizationAwareTraining implements Technique {

  private final LayerSelector selector;
  private final double decay;
  private final QuantizerOverrides rules;

  private QuantizationAwareTraining(Builder builder) {
    selector = builder.selector;
    decay = builder.decay;
    rules = new QuantizerOverrides(builder.rules);
  }

  /** Quantization-aware training of all layers with a range decay of 0.99. */
  public static QuantizationAwareTraining create() {
    return builder().build();
  }

  /** Starts a configuration. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String name() {
    return "quantization-aware training";
  }

  /**
   * Lets TensorFlow differentiate simulated quantization in this JVM: for a training model that was
   * quantized elsewhere and loaded here. {@link #apply} does it by itself. Calling it again does
   * nothing.
   */
  public static void registerGradients() {
    FakeQuantGradients.register();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model is in inference mode or quantized already,
   *     nothing in it can be quantized, or a configuration of layers, inputs or outputs is about
   *     none that is quantized, or later ones leave it without effect
   */
  @Override
  public Optimized apply(Optimized previous) {
    Arguments.require(previous, "previous");
    // Simulated quantization is of float32, whatever precision the model trained in before.
    Quotients quotients =
        Quotients.asProducts(
            EinsumOperands.weightsLast(Sums.inPairs(previous.model().toFloat32())), selector);
    GraphModel model = quotients.model();
    model.requireCanTrain(name());
    FakeQuantGradients.register();
    ModelEditor editor = new ModelEditor(model);
    QuantizerOverrides.Resolved resolved = resolve(quotients);
    QuantizationPlan plan = resolved.plan();
    QuantizerAssignment assignment = resolved.assignment();
    Inserted inserted = FakeQuantInsertion.insert(editor, model, plan, assignment);
    OptimizationReport report =
        new OptimizationReport(
            name(), quotients.asGiven(assignment.noted(plan.applied())), plan.skipped());
    return previous.with(
        editor.build(),
        List.of(),
        report,
        trained -> strip(trained, plan, assignment, inserted),
        trained ->
            RangeWarnings.ofTrained(
                plan,
                strip(trained, plan, assignment, inserted),
                observations(trained, plan, inserted)));
  }

  /** Plans for 8 bits, and for 16, which have fewer kernels, if an activation has more than 8. */
  private QuantizerOverrides.Resolved resolve(Quotients quotients) {
    GraphModel model = quotients.model();
    LayerSelector layers = quotients.asGiven(selector);
    QuantizerOverrides asked = rules.with(quotients::asGiven);
    MovingRanges moving = new MovingRanges(decay, null);
    QuantizerOverrides.Resolved narrow =
        asked.resolve(model, QuantizationPlanner.plan(model, layers), moving);
    boolean wide =
        narrow.plan().activations().stream()
            .anyMatch(point -> narrow.assignment().spec(point).bits() > QuantizerSpec.BITS);
    return wide
        ? asked.resolve(model, QuantizationPlanner.plan(model, layers, true), moving)
        : narrow;
  }

  private static GraphModel strip(
      GraphModel trained,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Inserted inserted) {
    Map<String, ChannelRanges> ranges = ExportedRanges.read(trained, inserted.ranges());
    ModelEditor editor = new ModelEditor(trained);
    inserted
        .originals()
        .forEach(
            (node, tensor) -> {
              if (editor.graph().find(node) != null) {
                editor.redirect(TensorRef.of(node), TensorRef.parse(tensor), user -> true);
              }
            });
    GraphModel inference = editor.build().toInference();
    BatchNormFolding.Folded folded = Lowering.lower(inference, plan);
    Map<String, ChannelRanges> weights =
        new LinkedHashMap<>(
            ClusterPreservingRanges.ranges(inference, plan.weights(), folded.scales()));
    weights.putAll(
        ExportedRanges.weights(
            new ModelEditor(inference), plan, assignment, ranges, folded.scales()));
    return FakeQuantExport.insert(
        folded.model(), plan, assignment, weights, tensor -> range(ranges, tensor));
  }

  /** The ranges that training saw; deviations it did not. */
  private static Map<TensorRef, Observation> observations(
      GraphModel trained, QuantizationPlan plan, Inserted inserted) {
    Map<String, ChannelRanges> ranges = ExportedRanges.read(trained, inserted.ranges());
    Map<TensorRef, Observation> observations = new LinkedHashMap<>();
    for (ActivationPoint point : plan.activations()) {
      ChannelRanges ends = ranges.get(point.quantizer());
      if (ends != null && (point.hasOwnRange() || point.merged())) {
        Range range = ends.range(point.tensor().toString());
        observations.put(point.tensor(), new Observation(range, Double.POSITIVE_INFINITY, null));
      }
    }
    return observations;
  }

  private static Range range(Map<String, ChannelRanges> ranges, TensorRef tensor) {
    ChannelRanges ends = ranges.get(ActivationPoint.quantizer(tensor));
    if (ends == null) {
      throw new IllegalStateException(
          "the range of the tensor \"%s\" is gone from the trained model".formatted(tensor));
    }
    return ends.range(tensor.toString());
  }

  /** Collects a configuration. */
  public static final class Builder {
    private LayerSelector selector = LayerSelector.layers();
    private double decay = 0.99;
    private final QuantizerOverrides rules = new QuantizerOverrides();

    private Builder() {}

    /** Selects the operations to quantize; all by default. */
    public Builder select(LayerSelector layers) {
      Arguments.require(layers, "layers");
      selector = layers;
      return this;
    }

    /**
     * The share of the old activation range that a step keeps.
     *
     * @throws IllegalArgumentException if not in [0, 1)
     */
    public Builder rangeDecay(double value) {
      if (!(value >= 0 && value < 1)) {
        throw new IllegalArgumentException("the range decay must be in [0, 1), not " + value);
      }
      decay = value;
      return this;
    }

    /**
     * Quantizes some layers in another way. Later calls override earlier ones, for weights and
     * output alike. A call that affects no quantized tensor causes an IllegalArgumentException when
     * the technique is applied. The output of a pooling that has its input's range has its input's
     * bits, too.
     *
     * @param layers the operations, before what is fused with them; for what no quantized operation
     *     makes, such as an input, the one that makes it
     */
    public Builder layer(LayerSelector layers, LayerQuantization how) {
      Arguments.require(layers, "layers");
      Arguments.require(how, "how");
      rules.layer(layers, how);
      return this;
    }

    /**
     * Gives all inputs of the model that are quantized a range that never changes.
     *
     * @throws IllegalArgumentException unless {@code min <= 0 <= max}, {@code min < max} and both
     *     are finite
     */
    public Builder fixedInputRange(double min, double max) {
      rules.endpoint(true, null, Quantizer.fixedRange("the inputs", min, max));
      return this;
    }

    /** Gives one input a range that never changes; see {@link #fixedInputRange(double, double)}. */
    public Builder fixedInputRange(String input, double min, double max) {
      Arguments.require(input, "input");
      rules.endpoint(true, input, Quantizer.fixedRange("the input \"" + input + "\"", min, max));
      return this;
    }

    /**
     * Gives all outputs of the model that are quantized a range that never changes. An output that
     * has the range of another tensor, such as that before a pooling, gives it to that tensor.
     *
     * @throws IllegalArgumentException unless {@code min <= 0 <= max}, {@code min < max} and both
     *     are finite
     */
    public Builder fixedOutputRange(double min, double max) {
      rules.endpoint(false, null, Quantizer.fixedRange("the outputs", min, max));
      return this;
    }

    /** Gives one output a range; see {@link #fixedOutputRange(double, double)}. */
    public Builder fixedOutputRange(String output, double min, double max) {
      Arguments.require(output, "output");
      rules.endpoint(
          false, output, Quantizer.fixedRange("the output \"" + output + "\"", min, max));
      return this;
    }

    /** Leaves all inputs of the model as they are, in float; what is computed from them is not. */
    public Builder floatInputs() {
      rules.endpoint(true, null, null);
      return this;
    }

    /** The technique. */
    public QuantizationAwareTraining build() {
      return new QuantizationAwareTraining(this);
    }
  }
}
