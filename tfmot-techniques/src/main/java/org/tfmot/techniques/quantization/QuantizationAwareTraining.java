package org.tfmot.techniques.quantization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * 8-bit quantization-aware training (Jacob et al., 2018): while the model trains, weights and
 * activations are rounded to the values that the integer model will have; gradients pass straight
 * through the rounding.
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
 *       channels that all but vanish. (Behind a matrix, which has one scale, it is close only.)
 *       {@link Optimized#strip} folds for good.
 *   <li>Functions that the runtime computes with tables, such as softmax, have the output range
 *       that it demands; what is concatenated has one range.
 *   <li>Operations that quantization does not know stay in float and are named in the report.
 *   <li>What inference takes out, such as dropout, is not quantized.
 * </ul>
 */
@API(status = API.Status.EXPERIMENTAL)
public final class QuantizationAwareTraining implements Technique {

  private final LayerSelector selector;
  private final double decay;

  private QuantizationAwareTraining(Builder builder) {
    selector = builder.selector;
    decay = builder.decay;
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
   * @throws IllegalArgumentException if the model is in inference mode or quantized already, or
   *     nothing in it can be quantized
   */
  @Override
  public Optimized apply(Optimized previous) {
    GraphModel model = previous.model();
    if (!model.canTrain()) {
      throw new IllegalArgumentException(
          "quantization-aware training needs a model in training mode, this one is for inference;"
              + " call withTraining(true) to train it as it is");
    }
    FakeQuantGradients.register();
    ModelEditor editor = new ModelEditor(model);
    QuantizationPlan plan = QuantizationPlanner.plan(model, selector);
    Map<String, String> originals = insert(editor, model, plan);
    OptimizationReport report = new OptimizationReport(name(), plan.applied(), plan.skipped());
    return previous.with(
        editor.build(), List.of(), report, trained -> strip(trained, plan, originals));
  }

  /** Inserts the training nodes; answers with the tensor behind each fake-quantization node. */
  private Map<String, String> insert(ModelEditor editor, GraphModel model, QuantizationPlan plan) {
    FakeQuantNodes nodes = new FakeQuantNodes(editor);
    Map<String, String> originals = new LinkedHashMap<>();
    Set<String> trained = editor.graph().dataDependents(model.variables().keySet());
    List<WeightPoint> weights = plan.weightsIn(editor.graph());
    List<String> constants =
        weights.stream().map(nodes::weight).filter(t -> !isAmong(trained, t)).toList();
    Map<String, TensorProto> values = StaticTensors.evaluate(model, constants);
    for (WeightPoint point : weights) {
      String tensor = nodes.weight(point);
      TensorProto value = values.get(tensor);
      if (value == null) {
        nodes.trainedWeight(point);
      } else {
        nodes.constantWeight(point, value);
      }
      originals.put(nodes.weight(point), tensor);
    }
    MovingRanges ranges = new MovingRanges(editor, (float) decay);
    for (ActivationPoint point : plan.activations()) {
      if (point.merged()) {
        continue;
      }
      nodes.activation(point, ranges::add);
      originals.put(point.quantizer(), point.tensor().toString());
    }
    return originals;
  }

  private static boolean isAmong(Set<String> nodes, String tensor) {
    return nodes.contains(TensorRef.parse(tensor).node());
  }

  private static GraphModel strip(
      GraphModel trained, QuantizationPlan plan, Map<String, String> originals) {
    ModelEditor editor = new ModelEditor(trained);
    originals.forEach(
        (node, tensor) -> {
          NodeDef fakeQuant = editor.graph().find(node);
          if (fakeQuant != null) {
            editor.redirect(TensorRef.of(node), TensorRef.parse(tensor), user -> true);
          }
        });
    GraphModel inference = editor.build().toInference();
    BatchNormFolding.Folded folded = Lowering.lower(inference, plan);
    return SimulatedQuantization.insert(
        folded.model(),
        plan,
        FewLevels.ranges(inference, plan.weights(), folded.scales()),
        tensor -> MovingRanges.read(trained, tensor));
  }

  /** Collects a configuration. */
  public static final class Builder {
    private LayerSelector selector = LayerSelector.layers();
    private double decay = 0.99;

    private Builder() {}

    /** Which operations to quantize; all by default. */
    public Builder select(LayerSelector layers) {
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

    /** The technique. */
    public QuantizationAwareTraining build() {
      return new QuantizationAwareTraining(this);
    }
  }
}
