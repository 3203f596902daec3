package org.tfmot.techniques.quantization.plan;

import java.util.function.Function;
import org.tensorflow.proto.NodeDef;

/**
 * Factor and offset of a batch norm in inference mode, per channel: {@code x * s + (beta - mean *
 * s)} with {@code s = gamma / sqrt(variance + epsilon)}.
 *
 * @param scale {@code s}
 */
record NormFactors(double[] scale, float[] mean, float[] beta) {

  private static final float DEFAULT_EPSILON = 1e-4f;

  /** Those of a batch norm, by the values of its parameters' tensors. */
  static NormFactors of(NodeDef norm, Function<String, float[]> values) {
    float[] gamma = values.apply(norm.getInput(1));
    float[] variance = values.apply(norm.getInput(4));
    double epsilon =
        norm.containsAttr("epsilon") ? norm.getAttrOrThrow("epsilon").getF() : DEFAULT_EPSILON;
    double[] scale = new double[gamma.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
    }
    return new NormFactors(scale, values.apply(norm.getInput(3)), values.apply(norm.getInput(2)));
  }

  /** Returns the offsets that a bias before the batch norm becomes. */
  float[] offsets(float[] bias) {
    float[] offsets = new float[scale.length];
    for (int c = 0; c < offsets.length; c++) {
      offsets[c] = (float) (beta[c] + (bias[c] - mean[c]) * scale[c]);
    }
    return offsets;
  }
}
