package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.ndarray.Shape;
import org.tfmot.examples.resnetcifar.Variant.How;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Verifies in the files what one technique guarantees to those on top of it. */
final class Invariants {

  private static final int ZEROS = 2;
  private static final int BLOCK = 4;

  private Invariants() {}

  /**
   * Returns what a variant lost of the guarantees of its base.
   *
   * @param files of all variants up to this one
   * @return one sentence each
   */
  static List<String> broken(Variant variant, Map<Variant, TfLiteModel> files) {
    List<String> problems = new ArrayList<>();
    TfLiteModel file = Objects.requireNonNull(files.get(variant));
    for (Variant before : variant.line()) {
      if (before.how() == How.PRUNED && before != variant) {
        long lost = LostZeros.count(Objects.requireNonNull(files.get(before)), file);
        if (lost > 0) {
          problems.add(
              String.format(
                  Locale.ROOT,
                  "%,d weights of %s.tflite are zero and not in %s.tflite",
                  lost,
                  before,
                  variant));
        }
      }
      if (before.how() == How.CLUSTERED) {
        int most = mostValues(file);
        int clusters = VariantModels.clusters(before);
        if (most > clusters) {
          problems.add(
              "a channel of %s.tflite has %d different weights, not %d"
                  .formatted(variant, most, clusters));
        }
      }
      if (before == Variant.PRUNED_2_BY_4 && patternFraction(file) < 1) {
        problems.add(
            "%s.tflite has not %d zeros in every %d weights".formatted(variant, ZEROS, BLOCK));
      }
    }
    return problems;
  }

  /** The most different weights that an output channel has: batch norm gives each a factor. */
  static int mostValues(TfLiteModel file) {
    return file.weights().stream()
        .flatMap(weight -> weight.distinctCounts(0).stream())
        .mapToInt(Integer::intValue)
        .max()
        .orElse(0);
  }

  /**
   * The share of the weights in kernels with 2 zeros in every 4 along their inputs, among those in
   * all kernels whose inputs are a multiple of 4: all but the first.
   */
  static double patternFraction(TfLiteModel file) {
    long with = 0;
    long all = 0;
    for (TfLiteTensor weight : file.weights()) {
      Shape shape = weight.shape();
      long inputs = shape.get(shape.numDimensions() - 1);
      if (shape.numDimensions() == 4 && inputs % BLOCK == 0) {
        all += shape.size();
        if (SparsityPattern.isMByN(weight.toFloats(), ZEROS, BLOCK)) {
          with += shape.size();
        }
      }
    }
    return all == 0 ? 0 : (double) with / all;
  }
}
