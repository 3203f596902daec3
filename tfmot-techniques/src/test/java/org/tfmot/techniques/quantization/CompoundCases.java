package org.tfmot.techniques.quantization;

import java.util.List;
import java.util.stream.Stream;
import org.tfmot.techniques.testing.CompoundModel;

/** What models of several operations hold to, once they are of integers. */
final class CompoundCases {

  private CompoundCases() {}

  /**
   * A model and its bounds.
   *
   * @param steps by how many steps of the output's scale simulation and integers may differ
   * @param share which share of the output may differ at all
   * @param toFloat by how many steps simulation and float may differ
   * @param weights how many weights the file has, each once however often it is read
   * @param operators of the runtime that it has to have
   */
  record CompoundCase(
      CompoundModel model,
      int steps,
      double share,
      int toFloat,
      int weights,
      List<String> operators) {

    @Override
    public String toString() {
      return model.toString();
    }
  }

  static Stream<CompoundCase> all() {
    return Stream.of(
        // Each of the four steps rounds the state once more, and the next one reads it.
        of(CompoundModel.LSTM, 4, 0.6, 4, 3, "FULLY_CONNECTED", "LOGISTIC", "TANH", "MUL", "ADD"),
        of(CompoundModel.GRU, 4, 0.6, 4, 3, "FULLY_CONNECTED", "LOGISTIC", "TANH", "SUB"),
        // One step each for the projections, the shares, the mixture and the last product.
        of(CompoundModel.ATTENTION, 4, 0.1, 6, 4, "BATCH_MATMUL", "SOFTMAX", "FULLY_CONNECTED"),
        of(CompoundModel.EINSUM_ATTENTION, 4, 0.1, 6, 4, "BATCH_MATMUL", "SOFTMAX"),
        // One step each for the difference, the factor and both products.
        of(CompoundModel.LAYER_NORM, 4, 0.2, 4, 0, "FULLY_CONNECTED", "RSQRT", "MUL", "SUB"),
        of(CompoundModel.LAYER_NORM_BEHIND_DROPOUT, 6, 0.3, 8, 0, "RSQRT", "MUL", "SUB"),
        of(
            CompoundModel.LAYER_NORM_OF_FACTORS,
            4,
            0.2,
            4,
            0,
            "FULLY_CONNECTED",
            "RSQRT",
            "MUL",
            "SUB"),
        // Those of the attention and those of the norm.
        of(CompoundModel.TRANSFORMER_BLOCK, 8, 0.3, 12, 4, "BATCH_MATMUL", "RSQRT"),
        of(CompoundModel.KERAS_2_BLOCK, 8, 0.3, 12, 4, "BATCH_MATMUL", "RSQRT"),
        // The table is exact; only the product rounds.
        of(CompoundModel.EMBEDDING, 1, 0.1, 2, 2, "GATHER", "FULLY_CONNECTED"),
        // One step each for the rows' own range, the difference or the mean, and the product.
        of(CompoundModel.EMBEDDING_OF_STEPS, 3, 0.2, 4, 1, "GATHER", "UNPACK", "SUB"),
        of(CompoundModel.EMBEDDING_MEAN, 3, 0.2, 4, 1, "GATHER", "AVERAGE_POOL_2D"));
  }

  private static CompoundCase of(
      CompoundModel model, int steps, double share, int toFloat, int weights, String... operators) {
    return new CompoundCase(model, steps, share, toFloat, weights, List.of(operators));
  }
}
