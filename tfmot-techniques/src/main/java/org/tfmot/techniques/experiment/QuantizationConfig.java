package org.tfmot.techniques.experiment;

import static org.tfmot.techniques.experiment.Keys.require;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Technique;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.techniques.quantization.LayerQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.quantization.Quantizer;

/**
 * The section {@code task.quantization}: quantization-aware training, with the keys and default
 * values of Official Models; the last component is not there.
 *
 * @param pretrainedOriginalCheckpoint see {@link TechniqueConfig#pretrainedOriginalCheckpoint}
 * @param changeNumBits whether the two numbers of bits are other than 8
 * @param numBitsWeight bits of weights, 2 to 8
 * @param numBitsActivation bits of activations, 2 to 8, or 16 (with weights of 8 or fewer)
 * @param excludedLayers layers that stay in float
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record QuantizationConfig(
    @Nullable String pretrainedOriginalCheckpoint,
    boolean changeNumBits,
    int numBitsWeight,
    int numBitsActivation,
    @Nullable List<String> excludedLayers)
    implements TechniqueConfig {

  private static final int BITS = 8;

  /** The default values: 8 bits. */
  public QuantizationConfig() {
    this(null, false, BITS, BITS, null);
  }

  @Override
  public String section() {
    return "quantization";
  }

  @Override
  public int order() {
    return 300;
  }

  @Override
  public Technique create() {
    bits("num_bits_weight", numBitsWeight, numBitsWeight >= 2 && numBitsWeight <= BITS, "2 to 8");
    bits(
        "num_bits_activation",
        numBitsActivation,
        (numBitsActivation >= 2 && numBitsActivation <= BITS) || numBitsActivation == 16,
        "2 to 8, or 16");
    require(
        !changeNumBits || numBitsWeight != BITS || numBitsActivation != BITS,
        "change_num_bits",
        "is true, but the bits of weights and activations are %d: set one of num_bits_weight and"
            + " num_bits_activation, or leave it false",
        BITS);
    QuantizationAwareTraining.Builder builder =
        QuantizationAwareTraining.builder().select(Keys.layersExcept(excludedLayers));
    if (numBitsWeight != BITS || numBitsActivation != BITS) {
      builder.layer(
          LayerSelector.layers(),
          new LayerQuantization(quantizer(numBitsWeight), activation(numBitsActivation)));
    }
    return builder.build();
  }

  private static Quantizer quantizer(int bits) {
    return bits == BITS ? Quantizer.standard() : Quantizer.standard().bits(bits);
  }

  /** The runtime's 16-bit kernels want activations that are symmetric. */
  private static Quantizer activation(int bits) {
    return bits == 16 ? quantizer(bits).symmetric(true) : quantizer(bits);
  }

  private void bits(String key, int bits, boolean possible, String range) {
    require(possible, key, "must be %s, not %d", range, bits);
    require(
        changeNumBits || bits == BITS,
        key,
        "is %d, but change_num_bits is false: set it to true, or leave the bits at 8",
        bits);
  }
}
