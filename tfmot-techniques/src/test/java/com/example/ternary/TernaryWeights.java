package com.example.ternary;

import static org.tfmot.techniques.weights.WeightProperty.FEW_VALUES;
import static org.tfmot.techniques.weights.WeightProperty.FEW_VALUES_PER_CHANNEL;
import static org.tfmot.techniques.weights.WeightProperty.ZEROS_STAY;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.DataType;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.techniques.weights.WeightGraph;
import org.tfmot.techniques.weights.WeightRewrite;

/**
 * Ternary weight networks (Li, Zhang and Liu, 2016): each weight is -a, 0 or a.
 *
 * <p>Weights up to the threshold {@code t = 0.7 * mean(|w|)} become 0; {@code a} is the mean of
 * {@code |w|} over the others. Both are computed from the weights in every training step, and
 * gradients reach a weight as if it were not ternary.
 */
public final class TernaryWeights implements Technique {

  private static final int FEWEST = 4;

  private final LayerSelector layers;
  private final boolean perChannel;

  private TernaryWeights(LayerSelector layers, boolean perChannel) {
    this.layers = layers;
    this.perChannel = perChannel;
  }

  /** Returns the technique for some layers, with one {@code a} for each weight tensor. */
  public static TernaryWeights of(LayerSelector layers) {
    return new TernaryWeights(layers, false);
  }

  /** Returns the same with a threshold and an {@code a} for each output channel. */
  public TernaryWeights perChannel() {
    return new TernaryWeights(layers, true);
  }

  @Override
  public String name() {
    return "ternary weights";
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model cannot be trained, no selected layer has a weight
   *     with more than three elements, or a weight has few distinct values already
   */
  @Override
  public Optimized apply(Optimized previous) {
    WeightRewrite rewrite =
        WeightRewrite.begin(this, previous, layers, false)
            .without(
                layer ->
                    layer.variable().shape().size() >= FEWEST
                        ? null
                        : "it has no more weights than ternary ones have values");
    for (WeightGraph weight : rewrite.weights()) {
      List<Integer> channels = perChannel ? weight.outputDimensions() : List.of();
      String ternary = weight.straightThrough("ternary/through", ternary(weight, channels));
      weight.replace(
          ternary,
          "-a, 0, a%s on %s".formatted(channels.isEmpty() ? "" : " a channel", weight.variable()),
          ZEROS_STAY,
          channels.isEmpty() ? FEW_VALUES : FEW_VALUES_PER_CHANNEL);
    }
    return rewrite.finish();
  }

  /** Adds the ternary values, which have no gradient of their own. */
  private static String ternary(WeightGraph weight, List<Integer> channels) {
    String still = weight.stopGradient("ternary/still", weight.tensor());
    String magnitude = weight.add("Abs", "ternary/magnitude", still);
    String mean = weight.reduce("Mean", "ternary/mean", magnitude, channels);
    String share = weight.constant("ternary/share", 0.7f);
    String threshold = weight.add("Mul", "ternary/threshold", mean, share);
    String large =
        weight.add(
            "Cast",
            "ternary/large",
            Map.of("SrcT", DataType.DT_BOOL, "DstT", DataType.DT_FLOAT),
            weight.add("Greater", "ternary/above", magnitude, threshold));
    String kept = weight.add("Mul", "ternary/kept", magnitude, large);
    String sum = weight.reduce("Sum", "ternary/sum", kept, channels);
    String number = weight.reduce("Sum", "ternary/number", large, channels);
    // Where all weights are 0, none is above the threshold.
    String atLeastOne =
        weight.add("Maximum", "ternary/at_least_one", number, weight.constant("ternary/one", 1));
    String scale = weight.add("Div", "ternary/scale", sum, atLeastOne);
    String sign = weight.add("Sign", "ternary/sign", still);
    return weight.add("Mul", "ternary/scaled", weight.add("Mul", "ternary", sign, large), scale);
  }
}
